package dev.streamgauge.standalone.system;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.notNullValue;

import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.ParsedExposition;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.RedisUsers;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redis and the roles are reached by TLS. A Redis with another certificate or password than expected gets no data. */
class TlsIT {

    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String HOST = "localhost";
    private static final String INGEST = "streamgauge-ingest";
    private static final String SAMPLE = "{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1}";
    private static final Pattern CLIENT = Pattern.compile("laddr=\\S+:(\\d+) .* user=(streamgauge-[a-z]+) ");

    @TempDir
    private static Path folder;

    private static Certificate good;
    private static Certificate elsewhere;

    @BeforeAll
    static void makeCertificates() throws Exception {
        good = Certificate.forHost(folder, HOST);
        elsewhere = Certificate.forHost(folder, "elsewhere.example");
    }

    /** A Redis by TLS, with the users that operators get, and a plain port for the test itself. */
    private record SecuredRedis(RedisServer server, int tlsPort) implements AutoCloseable {

        static SecuredRedis start(Certificate shown) throws IOException {
            Path users = Files.writeString(folder.resolve("users.acl"), RedisUsers.filledIn());
            int tlsPort = FreePort.find();
            RedisServer server = RedisServer.builder()
                    .directives(
                            "aclfile " + users,
                            "tls-port " + tlsPort,
                            "tls-cert-file " + shown.certificate(),
                            "tls-key-file " + shown.key(),
                            "tls-auth-clients no")
                    .build()
                    .start();
            return new SecuredRedis(server, tlsPort);
        }

        Object command(String... words) {
            try (RedisClient operator = server.connect()) {
                operator.command("AUTH", "operator", RedisUsers.password("operator"));
                return operator.command(words);
            }
        }

        void show(Certificate certificate) {
            command(
                    "CONFIG",
                    "SET",
                    "tls-cert-file",
                    certificate.certificate().toString(),
                    "tls-key-file",
                    certificate.key().toString());
        }

        /** A role that reaches it by TLS, and trusts those certificates. */
        Jars.Started role(String module, Path trusted, String... settings) {
            String user = "streamgauge-" + module.replace("-api", "");
            return Jars.role(
                    module,
                    server.url(),
                    Stream.concat(
                                    Stream.of(
                                            "QUARKUS_REDIS_HOSTS=rediss://" + user + "@" + HOST + ":" + tlsPort,
                                            "QUARKUS_REDIS_TLS_CONFIGURATION_NAME=redis",
                                            "QUARKUS_TLS_REDIS_TRUST_STORE_PEM_CERTS=" + trusted),
                                    Stream.of(settings))
                            .toArray(String[]::new));
        }

        @Override
        public void close() {
            server.close();
        }
    }

    private static String[] https(int port) {
        return new String[] {
            "QUARKUS_HTTP_SSL_CERTIFICATE_FILES=" + good.certificate(),
            "QUARKUS_HTTP_SSL_CERTIFICATE_KEY_FILES=" + good.key(),
            "QUARKUS_HTTP_SSL_PORT=" + port,
            "QUARKUS_HTTP_INSECURE_REQUESTS=disabled"
        };
    }

    private static HttpResponse<String> get(HttpClient client, int port, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("https://" + HOST + ":" + port + path))
                        .build(),
                BodyHandlers.ofString());
    }

    private static void awaitReady(HttpClient client, int port) {
        await().atMost(DEADLINE)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> get(client, port, "/q/health/ready").statusCode() == 200);
    }

    @Test
    void samples_goAllTheWayByTls() throws Exception {
        int ingestPort = FreePort.find();
        int queryPort = FreePort.find();
        try (SecuredRedis redis = SecuredRedis.start(good);
                HttpClient client = good.trustingClient();
                HttpClient stranger = elsewhere.trustingClient();
                Jars.Started ingest = redis.role("ingest-api", good.certificate(), https(ingestPort));
                Jars.Started aggregator = redis.role("aggregator", good.certificate());
                Jars.Started query = redis.role("query-api", good.certificate(), https(queryPort))) {
            awaitReady(client, ingestPort);
            awaitReady(client, queryPort);
            aggregator.awaitReady();

            HttpResponse<String> pushed = client.send(
                    HttpRequest.newBuilder(URI.create("https://" + HOST + ":" + ingestPort + "/api/v1/metrics"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(SAMPLE))
                            .build(),
                    BodyHandlers.ofString());

            assertThat(pushed.statusCode()).isEqualTo(202);
            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(ParsedExposition.parse(
                                            get(client, queryPort, "/metrics").body())
                                    .values())
                            .isEqualTo(Map.of("a_total", 1.0)));
            assertThatThrownBy(() -> get(stranger, queryPort, "/metrics")).isInstanceOf(SSLHandshakeException.class);
            assertThatThrownBy(() -> Scrapes.get(query.at("/metrics"))).isInstanceOf(IOException.class);
            List<String> connections = CLIENT.matcher(String.valueOf(redis.command("CLIENT", "LIST")))
                    .results()
                    .map(match -> match.group(2) + " " + match.group(1))
                    .distinct()
                    .sorted()
                    .toList();
            assertThat(connections)
                    .containsExactly(
                            "streamgauge-aggregator " + redis.tlsPort(),
                            "streamgauge-ingest " + redis.tlsPort(),
                            "streamgauge-query " + redis.tlsPort());
            assertNoSecretIn(ingest);
        }
    }

    @Test
    void ingest_waitsForTheRightCertificate_whenItsAuthorityIsAnother() throws Exception {
        try (SecuredRedis redis = SecuredRedis.start(elsewhere);
                Jars.Started ingest = redis.role("ingest-api", good.certificate())) {

            assertWaits(ingest, "kind=UNREACHABLE", "certificat");

            redis.show(good);
            assertServes(ingest);
        }
    }

    @Test
    void ingest_waitsForTheRightCertificate_whenItNamesAnotherHost() throws Exception {
        Path both = Files.writeString(
                folder.resolve("both.crt"),
                Files.readString(good.certificate()) + Files.readString(elsewhere.certificate()));
        try (SecuredRedis redis = SecuredRedis.start(elsewhere);
                Jars.Started ingest = redis.role("ingest-api", both)) {

            assertWaits(ingest, "kind=UNREACHABLE", "localhost");

            redis.show(good);
            assertServes(ingest);
        }
    }

    @Test
    void ingest_waitsForTheRightHost_whenTlsIsSetInTheOldWay() throws Exception {
        try (SecuredRedis redis = SecuredRedis.start(elsewhere);
                Jars.Started ingest = Jars.role(
                        "ingest-api",
                        redis.server().url(),
                        "QUARKUS_REDIS_HOSTS=rediss://" + INGEST + "@" + HOST + ":" + redis.tlsPort(),
                        "QUARKUS_REDIS_TLS_TRUST_CERTIFICATE_PEM=true",
                        "QUARKUS_REDIS_TLS_TRUST_CERTIFICATE_PEM_CERTS=" + elsewhere.certificate())) {

            assertWaits(ingest, "kind=UNREACHABLE", "localhost");
        }
    }

    @Test
    void ingest_waitsForTheRightPassword_whenItIsAnother() throws Exception {
        try (SecuredRedis redis = SecuredRedis.start(good);
                Jars.Started ingest =
                        redis.role("ingest-api", good.certificate(), "QUARKUS_REDIS_PASSWORD=not-it-42")) {

            assertWaits(ingest, "kind=ERROR", "WRONGPASS");
            assertThat(ingest.process().output()).doesNotContain("not-it-42");

            redis.command("ACL", "SETUSER", INGEST, "resetpass", ">not-it-42");
            assertServes(ingest);
        }
    }

    @Test
    void start_failsWithOneLine_whenTlsIsConfiguredAndTheAddressIsPlain() throws Exception {
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started ingest = Jars.role(
                        "ingest-api",
                        redis.url(),
                        "QUARKUS_REDIS_TLS_CONFIGURATION_NAME=redis",
                        "QUARKUS_TLS_REDIS_TRUST_STORE_PEM_CERTS=" + good.certificate())) {

            assertThat(ingest.process().exitCode(DEADLINE)).isNotZero();
            assertThat(ingest.process().output()).contains("write rediss:// to use TLS");
            assertNoSecretIn(ingest);
        }
    }

    /** Says why in one line, goes on trying, and answers senders meanwhile. */
    private static void assertWaits(Jars.Started ingest, String kind, String why) {
        await().atMost(DEADLINE).until(() -> ingest.process().output().contains("redis state=awaited"));
        ingest.process().awaitAnswer(ingest.at("/q/health/live"), DEADLINE);

        AtomicReference<String> line = new AtomicReference<>("");
        assertThat(ingest.process().output().lines().filter(each -> each.contains("state=awaited")))
                .singleElement()
                .satisfies(line::set);

        assertThat(line.get()).contains(kind).containsIgnoringCase(why);
        given().contentType("application/json")
                .body(SAMPLE)
                .post(ingest.at("/api/v1/metrics"))
                .then()
                .statusCode(503)
                .header("Retry-After", notNullValue());
        given().get(ingest.at("/q/health/ready")).then().statusCode(503);
        assertNoSecretIn(ingest);
    }

    private static void assertServes(Jars.Started ingest) {
        ingest.awaitReady();
        given().contentType("application/json")
                .body(SAMPLE)
                .post(ingest.at("/api/v1/metrics"))
                .then()
                .statusCode(202);
        assertNoSecretIn(ingest);
    }

    private static void assertNoSecretIn(Jars.Started role) {
        String password = RedisUsers.password(INGEST);
        assertThat(role.process().output())
                .doesNotContain(password, URLEncoder.encode(password, StandardCharsets.UTF_8));
    }
}
