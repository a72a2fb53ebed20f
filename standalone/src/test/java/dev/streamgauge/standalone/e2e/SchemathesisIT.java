package dev.streamgauge.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.standalone.docs.OpenApi;
import dev.streamgauge.standalone.system.Administrator;
import dev.streamgauge.standalone.system.Jars;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The standalone answers valid and invalid requests as its own description says, and none with an error of its own. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SchemathesisIT {

    private static final String OPEN = "open";
    private static final String API_KEY = "api-key";
    private static final String ADMIN_KEY = "the-key-of-an-administrator-of-40-characters";
    private static final String SENDER = "\"ingest\", \"query\"";

    /** Random requests of each operation, beside those that cover its schemas. */
    private static final int EXAMPLES = 15;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Future<Schemathesis.Report>> reports = new HashMap<>();

    /** The modes are tested at the same time, since much of it is waiting. */
    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        Schemathesis schemathesis = Schemathesis.install();
        for (String mode : List.of(OPEN, API_KEY)) {
            Path own = Files.createDirectory(folder.resolve(mode));
            reports.put(mode, threads.submit(() -> report(schemathesis, mode, own)));
        }
    }

    @AfterAll
    void stop() {
        threads.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {OPEN, API_KEY})
    void answers_areAsDescribed(String mode) throws Exception {
        int operations = OpenApi.read().requests().size();

        Schemathesis.Report report = reports.get(mode).get();

        assertThat(report.status()).as(report.text()).isZero();
        assertThat(report.text()).contains("Tested: " + operations);
    }

    private static Schemathesis.Report report(Schemathesis schemathesis, String mode, Path folder) throws Exception {
        ApiKey key = ApiKey.generate(new SecureRandom());
        try (HttpClient client = HttpClient.newHttpClient();
                Jars.Started standalone = Jars.standalone(
                                folder.resolve("data"),
                                "STREAMGAUGE_AUTH_MODE=" + mode,
                                "STREAMGAUGE_AUTH_ADMIN_KEY=" + ADMIN_KEY,
                                "STREAMGAUGE_TENANTS_FILE=" + tenantsFile(folder, key))
                        .awaitReady()) {
            Administrator administrator = new Administrator(client, standalone, ADMIN_KEY);
            push(client, standalone, "globex", administrator.tenantWithKey("globex", SENDER));
            push(client, standalone, "initech", administrator.tenantWithKey("initech", SENDER));
            push(client, standalone, "acme", key.text());
            Path description = Files.writeString(
                    folder.resolve("openapi.json"), get(client, standalone, "/q/openapi?format=json"));
            return schemathesis.run(
                    folder, description, standalone.address(), mode.equals(OPEN) ? ADMIN_KEY : key.text(), EXAMPLES);
        }
    }

    /** A tenant that no request can delete, whose key has all scopes. */
    private static Path tenantsFile(Path folder, ApiKey key) throws Exception {
        return Files.writeString(folder.resolve("tenants.yaml"), """
                tenants:
                  acme:
                    keys:
                      - id: "%s"
                        hash: "%s"
                        scopes: [ingest, query, admin]
                """.formatted(
                        key.id(), key.hash().hex()));
    }

    private static void push(HttpClient client, Jars.Started standalone, String tenant, String key) throws Exception {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(standalone.at("/api/v1/metrics"))
                        .header("Authorization", "Bearer " + key)
                        .header("X-Scope-OrgID", tenant)
                        .POST(HttpRequest.BodyPublishers.ofString("""
                                [{"name":"orders_total","type":"counter","value":1,"labels":{"country":"NL"}},
                                 {"name":"queue_depth","type":"gauge","value":7},
                                 {"name":"request_seconds","type":"histogram","value":0.42},
                                 {"name":"payload_bytes","type":"summary","value":512,"quantiles":[0.5]}]"""))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    }

    private static String get(HttpClient client, Jars.Started standalone, String path) throws Exception {
        HttpResponse<String> answer =
                client.send(HttpRequest.newBuilder(standalone.at(path)).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }
}
