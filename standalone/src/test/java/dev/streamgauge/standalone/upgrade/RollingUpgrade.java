package dev.streamgauge.standalone.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.chaos.Comparison;
import dev.streamgauge.standalone.chaos.Deleter;
import dev.streamgauge.standalone.chaos.EventLog;
import dev.streamgauge.standalone.chaos.ExpiringSeriesLoad;
import dev.streamgauge.standalone.chaos.Journal;
import dev.streamgauge.standalone.chaos.Load;
import dev.streamgauge.standalone.chaos.Node;
import dev.streamgauge.standalone.chaos.Platform;
import dev.streamgauge.standalone.chaos.Push;
import dev.streamgauge.standalone.chaos.Scraper;
import dev.streamgauge.standalone.chaos.Sender;
import dev.streamgauge.standalone.chaos.Wrong;
import dev.streamgauge.standalone.system.KeyedCaller;
import dev.streamgauge.standalone.system.Scrapes;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Two processes of each role on one Redis, under load of all kinds. Some are replaced by another version while the rest
 * go on. Processes have the names {@code ingest-1}, {@code ingest-2}, {@code aggregator-1} and so on.
 */
final class RollingUpgrade implements AutoCloseable {

    private static final List<Node.Role> ROLES = List.of(
            Node.Role.INGEST,
            Node.Role.INGEST,
            Node.Role.AGGREGATOR,
            Node.Role.AGGREGATOR,
            Node.Role.QUERY,
            Node.Role.QUERY);
    private static final List<String> TENANTS = List.of("acme", "globex", "initech", "umbrella", "hooli");
    private static final String ADMINISTRATOR = "Authorization: Bearer " + Deleter.ADMIN_KEY;
    private static final int SENDERS = 6;
    private static final long SEED = 12;

    /** Requests that are sent at least before totals are compared. */
    private static final int REQUESTS = 200;

    /** Wrong series, and complaints of each process, that a failure shows at most. */
    private static final int SHOWN = 10;

    /** Errors of ours only: Netty logs one at times when it is shut down. */
    private static final Pattern COMPLAINT =
            Pattern.compile(" ERROR +\\[dev\\.streamgauge\\.| WARN .*(unreadable|malformed|broken)");

    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final Path processLogs;
    private final EventLog events;
    private final Journal journal;
    private final Platform platform;
    private final HttpClient client = Load.newClient();
    private final KeyedCaller caller = new KeyedCaller();
    private final ResetTenant resetTenant = new ResetTenant(caller, ADMINISTRATOR);
    private final RejectedTenant rejectedTenant = new RejectedTenant(caller);
    private final Random random = new Random(SEED);
    private final Load load;
    private final ExpiringSeriesLoad expiringSeries;

    /**
     * Starts all processes, and the load.
     *
     * @param folder for all files
     * @param root of the source tree whose jars run
     */
    RollingUpgrade(Path folder, Path root) throws IOException {
        System.out.println("upgrade: files in " + folder);
        processLogs = Files.createDirectories(folder.resolve("processes"));
        events = new EventLog(folder.resolve("events.log"));
        journal = new Journal(folder.resolve("journal.log"), TENANTS);
        RedisServer redis =
                RedisServer.builder().directory(folder.resolve("redis")).build().start();
        // Earlier releases register series by HSET, and read the configuration of Redis; the new file of users is
        // loaded
        // after the upgrade.
        redis.command("ACL", "SETUSER", "streamgauge-ingest", "~sg:{*}:t:*:f:*", "+hsetnx", "+hexists");
        for (String role : List.of("ingest", "aggregator", "query")) {
            redis.command("ACL", "SETUSER", "streamgauge-" + role, "+config|get");
        }
        platform = new Platform(
                redis, processLogs, ROLES, "STREAMGAUGE_OVERRIDES_FILE=" + ExpiringSeriesLoad.writeOverrides(folder));
        platform.nodes().forEach(node -> node.use(root));
        try {
            platform.start();
        } catch (IllegalStateException e) {
            platform.close();
            throw e;
        }
        List<URI> targets =
                platform.of(Node.Role.INGEST).stream().map(Node::address).toList();
        load = new Load(journal, events, targets, SENDERS, SEED);
        for (Node query : platform.of(Node.Role.QUERY)) {
            load.add(new Scraper(client, query::address, TENANTS, events));
        }
        expiringSeries = new ExpiringSeriesLoad(client, targets, platform.node("query-1")::address, events, SEED);
        load.add(expiringSeries);
    }

    /** Replaces processes by those of another source tree, all at once, while the load goes on. */
    void replace(Path root, String... names) throws Exception {
        events.note("replace " + List.of(names) + " by " + root);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (String name : names) {
                running.add(executor.submit(() -> platform.node(name).replace(root)));
            }
            for (Future<?> each : running) {
                each.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Pushes to one process and repeats to another: it is replayed, and another body under its key is rejected. */
    void assertReplay(String first, String second) throws Exception {
        EnumSet<Push.Kind> kinds = EnumSet.complementOf(EnumSet.of(Push.Kind.COUNTER));
        Journal.Entry entry = journal.open(TENANTS.getFirst(), true, kinds, Push.Flaw.NONE);
        Push push = entry.push();
        URI other = platform.node(second).address();
        Sender sender =
                new Sender(client, journal, events, List.of(platform.node(first).address()), random);
        assertThat(sender.send(entry, Sender.GIVE_UP))
                .as("%s was answered", push)
                .isTrue();

        HttpResponse<String> repeated = pushUntilAnswered(other, push, push.body());
        HttpResponse<String> reused = pushUntilAnswered(other, push, push.otherBody());

        assertThat(repeated.statusCode()).as(repeated.body()).isEqualTo(202);
        assertThat(repeated.body()).startsWith(push.answer());
        assertThat(repeated.headers().firstValue("Idempotency-Replayed")).contains("true");
        assertThat(reused.statusCode()).as(reused.body()).isEqualTo(422);
    }

    private HttpResponse<String> pushUntilAnswered(URI ingest, Push push, String body) {
        String key = push.key().orElseThrow();
        return await().pollInSameThread()
                .pollDelay(Duration.ZERO)
                .atMost(DEADLINE)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(
                        () -> caller.push(ingest, body, KeyedCaller.tenant(push.tenant()), "Idempotency-Key: " + key),
                        answer -> answer.statusCode() != 503);
    }

    /** Deletes series by that aggregator while all ingest processes push to them. */
    void deleteSeries(String aggregator) throws InterruptedException {
        Deleter deleter = new Deleter(
                client,
                List.of(platform.node(aggregator)::address),
                List.of(TENANTS.getLast()),
                journal,
                events,
                random);
        long before = events.counted("deletion 200");

        deleter.deleteNext();

        assertThat(events.counted("deletion 200"))
                .as("deletions by " + aggregator)
                .isEqualTo(before + 1);
    }

    /** Resets a tenant by that aggregator while that ingest process pushes to it. */
    void reset(String aggregator, String ingest) throws Exception {
        resetTenant.reset(
                platform.node(aggregator).address(), platform.node(ingest).address());
    }

    /** Writes a tenant's record by one aggregator: another reads the same. */
    void assertTenantRecord(String writer, String reader) throws Exception {
        String tenant = "made-by-" + writer;
        String path = "/api/v1/admin/tenants/" + tenant;
        URI writing = platform.node(writer).address();
        URI reading = platform.node(reader).address();
        String made = "{\"tenant\":\"" + tenant + "\"}";
        String key = "{\"scopes\":[\"ingest\",\"query\"],\"description\":\"senders\"}";
        assertThat(caller.post(writing.resolve("/api/v1/admin/tenants"), made, ADMINISTRATOR)
                        .statusCode())
                .isEqualTo(201);
        assertThat(caller.post(writing.resolve(path + "/keys"), key, ADMINISTRATOR)
                        .statusCode())
                .isEqualTo(201);

        HttpResponse<String> read = caller.get(reading.resolve(path), ADMINISTRATOR);

        assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
        assertThat(read.body())
                .contains("\"senders\"")
                .isEqualTo(caller.get(writing.resolve(path), ADMINISTRATOR).body());
    }

    /** Pushes samples that are rejected. */
    void pushRejected(String ingest, int samples) throws Exception {
        rejectedTenant.push(platform.node(ingest).address(), samples);
    }

    /** Waits until every aggregator has folded something. */
    void awaitFoldsByAll() {
        for (Node aggregator : platform.of(Node.Role.AGGREGATOR)) {
            await().atMost(DEADLINE)
                    .until(() -> Scrapes.ownMetrics(aggregator.address())
                                    .getOrDefault("streamgauge_fold_batch_entries_count", 0.0)
                            > 0);
        }
    }

    /** Lets some more load come, and compares everything with what the senders know, while they stand still. */
    void assertExact() throws InterruptedException {
        long enough = events.counted("requests") + REQUESTS;
        await().atMost(DEADLINE).until(() -> events.counted("requests") >= enough);
        load.whileQuiet(this::compare);
        assertThat(events.violations()).as("violations").isEmpty();
        assertThat(complaints()).as("complaints").isEmpty();
    }

    private void compare() throws InterruptedException {
        Comparison comparison = new Comparison(
                platform.keyspace(),
                journal,
                Optional.of(expiringSeries),
                Map.of(
                        ResetTenant.TENANT, resetTenant.accepted(),
                        RejectedTenant.TENANT, rejectedTenant.accepted()));
        List<URI> queries =
                platform.of(Node.Role.QUERY).stream().map(Node::address).toList();
        try (RedisClient redis = platform.redis().connect()) {
            for (URI query : queries) {
                List<Wrong> wrong = comparison.awaitMatch(redis, client, query);
                assertThat(wrong.stream().limit(SHOWN))
                        .as("%d wrong at %s; complaints %s", wrong.size(), query, complaints())
                        .isEmpty();
                resetTenant.assertShown(query);
                rejectedTenant.assertUsage(query);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (String tenant : TENANTS) {
            // Repeated, since a quantile changes when a slot leaves the summary's window.
            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(Scrapes.values(queries.getLast(), tenant))
                            .as("what both query processes show of " + tenant)
                            .isEqualTo(Scrapes.values(queries.getFirst(), tenant)));
        }
    }

    /** What processes have logged of entries and values that they cannot read or fold, and every error of ours. */
    private List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        try (Stream<Path> files = Files.list(processLogs)) {
            for (Path file : files.sorted().toList()) {
                Files.readAllLines(file).stream()
                        .filter(COMPLAINT.asPredicate())
                        .limit(SHOWN)
                        .forEach(line -> complaints.add(file.getFileName() + ": " + line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return complaints;
    }

    @Override
    public void close() {
        load.close();
        platform.close();
        caller.close();
        client.close();
        journal.close();
        events.close();
    }
}
