package dev.streamgauge.server.access;

import static dev.streamgauge.server.TestRedis.DEADLINE;
import static dev.streamgauge.server.access.TestCallers.BOOTSTRAP;
import static dev.streamgauge.server.access.TestCallers.KEYS;
import static dev.streamgauge.server.access.TestCallers.METRICS;
import static dev.streamgauge.server.tenants.Directory.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.server.Settings;
import dev.streamgauge.server.TestRedis;
import dev.streamgauge.server.connections.PausedRequests;
import dev.streamgauge.server.tenants.Directory;
import dev.streamgauge.server.tenants.TenantCache;
import dev.streamgauge.server.tenants.TenantCaches;
import dev.streamgauge.testkit.FaultProxy;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The answers to all questions for all callers are in {@code authentication.txt}, which explains itself. */
class AuthenticatorTest {

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    /** A question to an authenticator. */
    private interface Question {
        Uni<?> put(Authenticator asked, HttpServerRequest request);
    }

    private static final Map<String, List<List<String>>> SECTIONS = readSections();

    /** The questions by their names in the table. */
    private static final Map<String, Question> QUESTIONS = questions();

    private static final ApiKey BOTH = ApiKey.generate(new Random(2));

    private static final List<String> ALL_TENANTS = List.of("acme", "beta", "filed", "newer");

    @TempDir
    private Path folder;

    private TestCallers callers;

    @BeforeEach
    void write() throws IOException {
        callers = new TestCallers(REDIS, folder);
    }

    private static Map<String, Question> questions() {
        Map<String, Question> questions = new LinkedHashMap<>();
        questions.put("push", (asked, request) -> asked.tenantOf(request, Scope.INGEST));
        questions.put("read", (asked, request) -> asked.tenantOf(request, Scope.QUERY));
        questions.put("delete", Authenticator::deleting);
        questions.put("/acme", (asked, request) -> asked.tenantNamed(request, Scope.QUERY, "acme"));
        questions.put("/beta", (asked, request) -> asked.tenantNamed(request, Scope.QUERY, "beta"));
        questions.put("/none", (asked, request) -> asked.tenantNamed(request, Scope.QUERY, "none"));
        questions.put("/a/b", (asked, request) -> asked.tenantNamed(request, Scope.QUERY, "a/b"));
        questions.put("list", Authenticator::readableBy);
        questions.put("admin", Authenticator::administrator);
        questions.put("admin/beta", (asked, request) -> asked.administered(request, "beta"));
        questions.put("admin/none", (asked, request) -> asked.administered(request, "none"));
        questions.put("operate", Authenticator::operator);
        return questions;
    }

    /** The table's lines by section. The first line has the questions, each other line a caller and its answers. */
    private static Map<String, List<List<String>>> readSections() {
        Map<String, List<List<String>>> sections = new LinkedHashMap<>();
        List<List<String>> section = List.of();
        for (String line : readTable().lines().toList()) {
            if (line.startsWith("mode=")) {
                section = new ArrayList<>();
                sections.put(line, section);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                section.add(List.of(line.split(" {2,}", -1)));
            }
        }
        return sections;
    }

    private static String readTable() {
        try (InputStream in = AuthenticatorTest.class.getResourceAsStream("authentication.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> callersOf(String section) {
        return SECTIONS.get(section).stream().skip(1).map(List::getFirst).toList();
    }

    /** The settings in the first line of a section. */
    private static String[] settings(String section) {
        List<String> settings = new ArrayList<>();
        for (String setting : section.split(" ", -1)) {
            String[] nameAndValue = setting.split("=", 2);
            if (!nameAndValue[1].equals("none")) {
                settings.add("auth." + nameAndValue[0]);
                settings.add(KEYS.getOrDefault(nameAndValue[1], nameAndValue[1]));
            }
        }
        return settings.toArray(String[]::new);
    }

    private static Authenticator authenticator(TenantCache tenants, String... settings) {
        return authenticator(tenants, new SimpleMeterRegistry(), settings);
    }

    private static Authenticator authenticator(TenantCache tenants, MeterRegistry registry, String... settings) {
        return new Authenticator(Settings.of(settings), tenants, new PausedRequests(), () -> Directory.MADE, registry);
    }

    /** Asks on an event loop, as the server does. */
    private static CompletableFuture<Object> ask(Authenticator asked, FakeRequest request, Question question) {
        CompletableFuture<Object> answer = new CompletableFuture<>();
        REDIS.vertx()
                .getOrCreateContext()
                .runOnContext(nothing -> question.put(asked, request.asRequest())
                        .subscribe()
                        .with(answer::complete, answer::completeExceptionally));
        return answer;
    }

    private static Object get(CompletableFuture<Object> answer) {
        return answer.orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
    }

    /** The answers to every question for those callers, as the table writes them. */
    private static List<List<String>> answers(Authenticator asked, List<String> callers) {
        List<List<CompletableFuture<Object>>> answers = new ArrayList<>();
        for (String caller : callers) { // all at once, so that those that wait for Redis share one read
            answers.add(QUESTIONS.values().stream()
                    .map(question -> ask(asked, TestCallers.requestOf(caller), question))
                    .toList());
        }
        return answers.stream()
                .map(row -> row.stream().map(answer -> cell(get(answer))).toList())
                .toList();
    }

    private static String cell(Object answer) {
        return switch (answer) {
            case AuthenticationResult.Known(TenantId tenant) -> tenant.value();
            case AuthenticationResult.Denied(AccessError why) -> cell(why);
            case ReadableTenants.Known(List<TenantId> tenants) -> cell(tenants);
            case ReadableTenants.Denied(AccessError why) -> cell(why);
            case AdministratorAuthentication.Granted granted -> "yes";
            case AdministratorAuthentication.Denied(AccessError why) -> cell(why);
            case AdministratorAuthentication.Off off -> "off";
            case DeletionAuthentication.Granted(TenantId tenant, String by) -> tenant.value();
            case DeletionAuthentication.Denied(AccessError why) -> cell(why);
            case Optional<?> why -> why.map(AuthenticatorTest::cell).orElse("yes");
            case AccessError why ->
                why.equals(AccessError.UNAUTHORIZED)
                                || why.equals(AccessError.UNDECIDED)
                                || why.detail().startsWith("key: ")
                        ? Integer.toString(why.status())
                        : why.status() + "*";
            default -> throw new IllegalArgumentException(answer.toString());
        };
    }

    private static String cell(List<TenantId> tenants) {
        List<String> names = tenants.stream().map(TenantId::value).toList();
        return names.equals(ALL_TENANTS) ? "all" : String.join(" ", names);
    }

    private static String text(List<List<String>> lines) {
        return lines.stream().map(cells -> String.join("  ", cells)).collect(Collectors.joining("\n"));
    }

    static Stream<String> sections() {
        return Stream.of("open", "api-key")
                .flatMap(mode -> Stream.of("none", "bootstrap")
                        .map(adminKey -> "mode=" + mode + " admin-key=" + adminKey + " metrics-key=metrics"));
    }

    @Test
    void table_hasEveryCallerAndQuestion_inEverySection() {
        List<String> expected = new ArrayList<>();
        KEYS.keySet().forEach(key -> expected.add("Bearer " + key));
        for (String credentials :
                List.of("", "Bearer query, ", "Bearer query-all, ", "Bearer admin, ", "Bearer bootstrap, ")) {
            for (String tenants : List.of("acme", "beta", "acme+beta", "a/b")) {
                expected.add(credentials + "org " + tenants);
            }
        }
        for (String key :
                List.of("acme:query", "beta:query", ":query", "beta:query-all", "beta:admin", "anyone:bootstrap")) {
            expected.add("Basic " + key);
        }

        assertThat(SECTIONS.keySet()).containsExactlyElementsOf(sections().toList());
        String first = sections().findFirst().orElseThrow();
        assertThat(callersOf(first)).containsAll(expected).doesNotHaveDuplicates();
        SECTIONS.forEach((section, lines) -> {
            assertThat(callersOf(section)).isEqualTo(callersOf(first));
            assertThat(lines).allMatch(line -> line.size() == 1 + QUESTIONS.size());
        });
    }

    @ParameterizedTest
    @MethodSource("sections")
    void questions_areAnsweredAndCounted_asTheTableSays(String section) throws IOException {
        SimpleMeterRegistry freshCounts = new SimpleMeterRegistry();
        SimpleMeterRegistry staleCounts = new SimpleMeterRegistry();
        Authenticator fresh = authenticator(callers.fresh(), freshCounts, settings(section));
        Authenticator stale = authenticator(callers.stale(), staleCounts, settings(section));

        List<List<String>> whileFresh = answers(fresh, callersOf(section));
        List<List<String>> whileStale = answers(stale, callersOf(section));

        assertThat(table(callersOf(section), whileFresh, whileStale)).isEqualTo(text(SECTIONS.get(section)));
        assertThat(counted(freshCounts)).isEqualTo(rejected(whileFresh));
        assertThat(counted(staleCounts)).isEqualTo(rejected(whileStale));
    }

    private static String table(List<String> callers, List<List<String>> whileFresh, List<List<String>> whileStale) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(
                Stream.concat(Stream.of("caller"), QUESTIONS.keySet().stream()).toList());
        for (int row = 0; row < callers.size(); row++) {
            List<String> line = new ArrayList<>(List.of(callers.get(row)));
            for (int column = 0; column < QUESTIONS.size(); column++) {
                String fresh = whileFresh.get(row).get(column);
                String stale = whileStale.get(row).get(column);
                line.add(fresh.equals(stale) ? fresh : fresh + "/" + stale);
            }
            lines.add(line);
        }
        return text(lines);
    }

    /** The values of the metric by reason. */
    private static Map<String, Long> counted(MeterRegistry registry) {
        return registry.get("streamgauge.rejected.callers").counters().stream()
                .collect(Collectors.toMap(
                        counter -> String.valueOf(counter.getId().getTag("reason")),
                        counter -> (long) counter.count()));
    }

    private static Map<String, Long> rejected(List<List<String>> answers) {
        List<String> all = answers.stream().flatMap(List::stream).toList();
        return Map.of(
                "unauthorized", all.stream().filter("401"::equals).count(),
                "forbidden", all.stream().filter("403"::equals).count(),
                "redis-unavailable", all.stream().filter("503"::equals).count());
    }

    private static Object answer(Authenticator asked, String caller, Question question) {
        return get(ask(asked, TestCallers.requestOf(caller), question));
    }

    @ParameterizedTest
    @MethodSource("sections")
    void operator_isAnyCaller_whenThereIsNoMetricsKey(String section) {
        String[] settings = settings(section.replace("metrics-key=metrics", "metrics-key=none"));
        SimpleMeterRegistry counts = new SimpleMeterRegistry();
        Authenticator stale = authenticator(callers.stale(), counts, settings);

        for (String caller : callersOf(section)) {
            assertThat(answer(stale, caller, Authenticator::operator))
                    .as(caller)
                    .isEqualTo(Optional.empty());
        }

        assertThat(counted(counts).values()).containsOnly(0L);
    }

    /** The stars of the table: such a rejection names what is wrong, as nothing of it is secret. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        org acme+beta | push  | 400 tenant-invalid | X-Scope-OrgID: names two tenants
        org a/b       | push  | 400 tenant-invalid | X-Scope-OrgID: 1 to 150 characters
        nothing       | /a/b  | 400 tenant-invalid | tenant in the path: 1 to 150 characters
        org acme      | /beta | 403 forbidden      | X-Scope-OrgID: names another tenant than the path
        """)
    void rejection_saysWhatIsWrong_whenItIsNotAboutKeys(
            String caller, String question, String statusAndReason, String detail) {
        Authenticator open = authenticator(callers.fresh(), "auth.mode", "open");

        Object answer = answer(open, caller, QUESTIONS.get(question));

        assertThat(answer).isInstanceOfSatisfying(AuthenticationResult.Denied.class, denied -> {
            assertThat(denied.error().status() + " " + denied.error().reason().id())
                    .isEqualTo(statusAndReason);
            assertThat(denied.error().detail()).startsWith(detail);
        });
    }

    /** A valid key learns what it lacks; the tenant of a key is never named. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        Bearer ingest           | read    | key: the scope query is needed; the key has ingest
        Bearer query            | push    | key: the scope ingest is needed; the key has query
        Bearer query            | delete  | key: the scope delete is needed; the key has query
        Bearer query-all        | push    | key: the scope ingest is needed; the key has query-all
        Bearer both             | delete  | key: the scope delete is needed; the key has ingest, query
        Bearer query            | admin   | key: the scope admin is needed; the key has query
        Bearer ingest           | list    | key: the scope query is needed; the key has ingest
        Bearer query            | /beta   | key: it is for another tenant than the path names; to read any tenant, the scope query-all is needed; the key has query
        Bearer query, org beta  | read    | key: it is for another tenant than X-Scope-OrgID names
        Basic beta:query        | read    | key: it is for another tenant than the user of Basic authentication names
        Bearer admin, org beta  | /acme   | key: X-Scope-OrgID names another tenant than the path; leave it out
        Bearer bootstrap        | push    | key: streamgauge.auth.admin-key has no tenant; use a key of the tenant, or a path that names the tenant
        Bearer query            | operate | key: streamgauge.auth.metrics-key is needed, or the scope admin while the admin API is on; the key has query
        Bearer bootstrap        | /none   | tenant in the path: does not exist
        """)
    void rejection_saysWhatAValidKeyLacks(String caller, String question, String detail) {
        Authenticator keyed = authenticator(
                callers.fresh(), "auth.mode", "api-key", "auth.admin-key", BOOTSTRAP, "auth.metrics-key", METRICS);
        callers.putAcmeWith(record(BOTH, Scope.QUERY, Scope.INGEST));

        Object answer = answer(keyed, caller.replace("both", BOTH.text()), QUESTIONS.get(question));

        assertThat(detail(answer)).isEqualTo(detail);
    }

    @Test
    void rejection_saysWhyAnAdministratorsKeyIsNone_withoutAnAdminKey() {
        Authenticator keyed = authenticator(callers.fresh(), "auth.mode", "api-key");

        Object answer = answer(keyed, "Bearer admin", QUESTIONS.get("/beta"));

        assertThat(detail(answer))
                .endsWith("the key has admin, which is for its own tenant only, since streamgauge.auth.admin-key is"
                        + " not set");
    }

    private static String detail(Object answer) {
        return switch (answer) {
            case AuthenticationResult.Denied(AccessError why) -> why.detail();
            case ReadableTenants.Denied(AccessError why) -> why.detail();
            case AdministratorAuthentication.Denied(AccessError why) -> why.detail();
            case DeletionAuthentication.Denied(AccessError why) -> why.detail();
            case Optional<?> why -> ((AccessError) why.orElseThrow()).detail();
            default -> throw new IllegalArgumentException(answer.toString());
        };
    }

    @Test
    void administrator_isNamedForTheLog() {
        Authenticator fresh = authenticator(callers.fresh(), "auth.admin-key", BOOTSTRAP);

        Object holder = answer(fresh, "Bearer admin", Authenticator::administrator);
        Object bootstrap = answer(fresh, "Bearer bootstrap", Authenticator::administrator);

        assertThat(holder)
                .isEqualTo(new AdministratorAuthentication.Granted(
                        ApiKey.parse(KEYS.get("admin")).orElseThrow().id().value()));
        assertThat(bootstrap).isEqualTo(new AdministratorAuthentication.Granted("admin-key"));
    }

    @Test
    void deleter_isNamedForTheLog() {
        Authenticator keyed = authenticator(callers.fresh());
        Authenticator open = authenticator(callers.fresh(), "auth.mode", "open", "auth.admin-key", BOOTSTRAP);

        Object holder = answer(keyed, "Bearer delete", Authenticator::deleting);
        Object administrator = answer(open, "Bearer bootstrap, org beta", Authenticator::deleting);

        assertThat(holder)
                .isEqualTo(new DeletionAuthentication.Granted(
                        new TenantId("acme"),
                        ApiKey.parse(KEYS.get("delete")).orElseThrow().id().value()));
        assertThat(administrator).isEqualTo(new DeletionAuthentication.Granted(new TenantId("beta"), "admin-key"));
    }

    @ParameterizedTest
    @CsvSource({"-1, acme", "0, 401", "1, 401"})
    void key_isValid_untilTheMomentOfItsExpiry(int nanosAfter, String expected) {
        Authenticator fresh = new Authenticator(
                Settings.of(),
                callers.fresh(),
                new PausedRequests(),
                () -> Directory.MADE.plusNanos(nanosAfter),
                new SimpleMeterRegistry());

        Object answer = answer(fresh, "Bearer expired", QUESTIONS.get("push"));

        assertThat(cell(answer)).isEqualTo(expected);
    }

    /** A configured key may have the form of a tenant's key. */
    @Test
    void configuredKey_isKnownAtOnce_whenItHasTheFormOfATenantsKey() {
        Authenticator fresh = authenticator(
                callers.fresh(), "auth.admin-key", KEYS.get("unknown"), "auth.metrics-key", KEYS.get("revoked"));
        FakeRequest administrator = TestCallers.requestOf("Bearer unknown");
        FakeRequest operator = TestCallers.requestOf("Bearer revoked");

        Object administers = get(ask(fresh, administrator, Authenticator::administrator));
        Object operates = get(ask(fresh, operator, Authenticator::operator));

        assertThat(administers).isEqualTo(new AdministratorAuthentication.Granted("admin-key"));
        assertThat(operates).isEqualTo(Optional.empty());
        assertThat(administrator.calls()).isEmpty();
        assertThat(operator.calls()).isEmpty();
    }

    /** A wrong key with the right id waits as every wrong key does, so that the time reveals nothing. */
    @ParameterizedTest
    @CsvSource({"right id, 'pause resume'", "no key, ''"})
    void configuredKey_isNotTakenForAnother_whenItHasTheFormOfATenantsKey(String sent, String calls) {
        String adminKey = KEYS.get("unknown");
        Authenticator fresh = authenticator(callers.fresh(), "auth.admin-key", adminKey);
        char otherDigit = adminKey.endsWith("0") ? '1' : '0';
        String text = sent.equals("no key") ? "text" : adminKey.substring(0, adminKey.length() - 1) + otherDigit;
        FakeRequest request = new FakeRequest().with("Authorization", "Bearer " + text);

        Object answer = get(ask(fresh, request, Authenticator::administrator));

        assertThat(cell(answer)).isEqualTo("401");
        await().atMost(DEADLINE)
                .untilAsserted(
                        () -> assertThat(String.join(" ", request.calls())).isEqualTo(calls));
    }

    /** Only a key that may be in Redis by now waits for a read. */
    @Test
    void request_isPausedAndResumed_whenItsKeyIsWellFormedButNotValid() {
        String section = "mode=api-key admin-key=bootstrap metrics-key=metrics";
        Authenticator fresh = authenticator(callers.fresh(), settings(section));
        Map<String, FakeRequest> requests = new LinkedHashMap<>();
        callersOf(section).forEach(caller -> requests.put(caller, TestCallers.requestOf(caller)));

        requests.values().stream()
                .map(request -> ask(fresh, request, QUESTIONS.get("push")))
                .toList()
                .forEach(AuthenticatorTest::get);

        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(requests.entrySet().stream()
                                .filter(request -> !request.getValue().calls().isEmpty())
                                .map(request -> request.getKey() + ": "
                                        + String.join(", ", request.getValue().calls()))
                                .collect(Collectors.joining("\n")))
                        .isEqualTo("""
                            Bearer filed-in-redis: pause, resume
                            Bearer revoked: pause, resume
                            Bearer unknown: pause, resume
                            Bearer wrong-secret: pause, resume
                            Basic acme:unknown: pause, resume
                            Bearer unknown, org acme: pause, resume\
                            """));
    }

    /** So the body's reader is in place, on the request's own thread, before the body goes on. */
    @Test
    void answer_comesOnTheContextOfTheRequest_beforeItIsResumed() {
        Authenticator fresh = authenticator(callers.fresh());
        FakeRequest request = TestCallers.requestOf("Bearer unknown");
        Context context = REDIS.vertx().getOrCreateContext();
        CompletableFuture<Object> seen = new CompletableFuture<>();

        context.runOnContext(nothing -> fresh.tenantOf(request.asRequest(), Scope.INGEST)
                .subscribe()
                .with(answer -> seen.complete(
                        cell(answer) + " " + request.calls() + " " + context.equals(Vertx.currentContext()))));

        assertThat(get(seen)).isEqualTo("401 [pause] true");
    }

    /** What is queued for requests that wait is bounded. */
    @Test
    void request_isRejectedAtOnce_whenThereIsNoRoomForItToWait() {
        PausedRequests none = new PausedRequests(0);
        Authenticator fresh = new Authenticator(
                Settings.of("auth.mode", "api-key"),
                callers.fresh(),
                none,
                () -> Directory.MADE,
                new SimpleMeterRegistry());
        FakeRequest unknown = TestCallers.requestOf("Bearer unknown");

        Object rejected = get(ask(fresh, unknown, QUESTIONS.get("push")));
        Object known = get(ask(fresh, TestCallers.requestOf("Bearer ingest"), QUESTIONS.get("push")));

        assertThat(cell(rejected)).isEqualTo("503");
        assertThat(unknown.calls()).isEmpty();
        assertThat(cell(known)).isEqualTo("acme");
        assertThat(none.reserved()).isZero();
    }

    @Test
    void unknownKey_isUndecided_whenThereIsNoPlaceToWait() {
        FaultProxy proxy = REDIS.closedAfterwards(FaultProxy.to(REDIS.server().port()));
        TenantCache tenants = callers.cache(REDIS.connectionsTo("redis://127.0.0.1:" + proxy.port()), () -> 0);
        Authenticator authenticator = authenticator(tenants);
        proxy.replies(new FaultProxy.Hang());
        await().atMost(DEADLINE).until(() -> isFull(tenants));

        CompletableFuture<Object> answer =
                ask(authenticator, TestCallers.requestOf("Bearer unknown"), QUESTIONS.get("push"));

        assertThat(cell(get(answer))).isEqualTo("503");
    }

    /** Fills the places of the next poll, unless they are taken. */
    private static boolean isFull(TenantCache tenants) {
        for (int i = 0; i < TenantCaches.MAX_WAITING; i++) {
            if (tenants.refresh().subscribeAsCompletionStage().isCompletedExceptionally()) {
                return true;
            }
        }
        return false;
    }

    /** A read that began before the caller came may be older than its key. */
    @Test
    void newKey_waitsForAReadThatBeginsAfterItCame() {
        FaultProxy proxy = REDIS.closedAfterwards(FaultProxy.to(REDIS.server().port()));
        RedisConnections connections = REDIS.connectionsTo("redis://127.0.0.1:" + proxy.port());
        TenantCache tenants = callers.cache(connections, () -> 0);
        Authenticator authenticator = authenticator(tenants);
        proxy.replies(new FaultProxy.Hang());
        long before = reads();
        CompletableFuture<Void> earlier = tenants.refresh().subscribeAsCompletionStage();
        await().atMost(DEADLINE).until(() -> reads() > before);
        callers.putAcmeWith(record(ApiKey.parse(KEYS.get("unknown")).orElseThrow(), Scope.INGEST));

        FakeRequest request = TestCallers.requestOf("Bearer unknown");

        CompletableFuture<Object> answer = ask(authenticator, request, QUESTIONS.get("push"));

        await().atMost(DEADLINE).until(() -> request.calls().contains("pause"));
        assertThat(earlier).isNotDone();
        proxy.heal();
        assertThat(cell(get(answer))).isEqualTo("acme");
    }

    /** How often Redis has run the script that reads tenants. */
    private static long reads() {
        return Pattern.compile("cmdstat_evalsha_ro:calls=(\\d+)")
                .matcher(String.valueOf(REDIS.server().command("INFO", "commandstats")))
                .results()
                .mapToLong(calls -> Long.parseLong(calls.group(1)))
                .sum();
    }

    /** With a real server, which drops what arrives of a body before anything reads it. */
    @Test
    void body_isReadWhole_whenItCameWhileTheCallerWaited() throws Exception {
        Authenticator fresh = authenticator(callers.fresh());
        HttpServer server = REDIS.vertx().createHttpServer();
        server.requestHandler(request -> fresh.tenantOf(request, Scope.INGEST)
                .subscribe()
                .with(answer -> request.body()
                        .onComplete(body -> request.response()
                                .end(cell(answer) + " "
                                        + (body.succeeded() ? body.result().length() : body.cause())))));
        int port = join(server.listen(0, "127.0.0.1")).actualPort();
        REDIS.closedAfterwards(() -> join(server.close()));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port))
                .header("Authorization", "Bearer " + KEYS.get("unknown"))
                .POST(HttpRequest.BodyPublishers.ofString("x".repeat(1_000_000)))
                .build();
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        REDIS.closedAfterwards(client::shutdownNow);

        HttpResponse<String> answer = client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .get(DEADLINE.toSeconds(), TimeUnit.SECONDS);

        assertThat(answer.body()).isEqualTo("401 1000000");
    }

    private static <T> T join(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }
}
