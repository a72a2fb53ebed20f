package dev.streamgauge.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streamgauge.standalone.clients.Environment.Outcome;
import dev.streamgauge.testkit.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One client in one fault. Each invocation counts one unit of work; what is checked of every invocation is that its
 * result is that of the function, and that it takes no longer than the limit.
 */
final class Trial implements AutoCloseable {

    static final String WORK = "work_total";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What a loaded machine may add to an invocation. */
    private static final Duration SLACK = Duration.ofMillis(1500);

    /** The same where each invocation starts processes. */
    private static final Duration SLACK_WITH_START = Duration.ofSeconds(3);

    private static final Duration RECOVERY_DEADLINE = Duration.ofSeconds(25);

    private final Client client;
    private final int port = FreePort.find();
    private final Path temporaryFolder = newTemporaryFolder();
    private final Map<String, String> variables = new HashMap<>();
    private List<String> wrapper = List.of();
    private Duration limit = Duration.ofSeconds(1);
    private int work;
    private int settledWork;
    private Duration longest = Duration.ZERO;
    private @Nullable Environment environment;
    private @Nullable FaultServer server;

    Trial(Client client) {
        this.client = client;
        variables.put("STREAMGAUGE_URL", "http://127.0.0.1:" + port + "/?token=hidden");
        variables.put("TMPDIR", temporaryFolder.toString());
        variables.put("STREAMGAUGE_KEY", "secret-key");
        variables.put("STREAMGAUGE_TENANT", "acme");
        variables.put("STREAMGAUGE_LABELS", "region=eu,function=checkout");
    }

    private static Path newTemporaryFolder() {
        try {
            Path folder = Files.createTempDirectory("trial-");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Client client() {
        return client;
    }

    int port() {
        return port;
    }

    /** That of the client. */
    Path temporaryFolder() {
        return temporaryFolder;
    }

    Trial with(String name, String value) {
        variables.put(name, value);
        return this;
    }

    /** How long an invocation may take. */
    Trial limit(Duration longest) {
        limit = longest;
        return this;
    }

    Trial timeout(Duration timeout) {
        limit(timeout);
        return with("STREAMGAUGE_TIMEOUT", String.valueOf(timeout.toMillis() / 1000.0));
    }

    /** Leaves more time than the default, where a push must succeed also on a loaded machine. */
    Trial unhurried() {
        return timeout(Duration.ofSeconds(4));
    }

    Trial in(List<String> wrappingCommand) {
        wrapper = wrappingCommand;
        return this;
    }

    /** Starts the server, or tells it how to react from now on. */
    FaultServer serve(Reaction reaction) {
        if (server == null) {
            server = new FaultServer(port, reaction);
        }
        server.react(reaction);
        return server;
    }

    FaultServer server() {
        return server == null ? serve(Reaction.accept()) : server;
    }

    Environment environment() throws Exception {
        if (environment == null) {
            environment = new Environment(client, wrapper, variables);
            environment.invoke(event()); // starting the runtime is not an invocation's time
        }
        return environment;
    }

    static ObjectNode event() {
        return JSON.createObjectNode();
    }

    static ObjectNode work(ObjectNode event) {
        return sample(event, "counter", WORK, 1);
    }

    /** One unit of work, pushed with a key before the invocation ends. */
    static ObjectNode pushing(String key) {
        ObjectNode event = work(event());
        event.withArray("pushes").add(key);
        return event;
    }

    static ObjectNode sample(ObjectNode event, String type, String name, double value) {
        ArrayNode sample = event.withArray("samples").addArray().add(type).add(name);
        if (Double.isFinite(value)) {
            sample.add(value);
        } else {
            sample.add(Double.isNaN(value) ? "NaN" : "Infinity");
        }
        sample.addObject();
        return event;
    }

    /** An invocation that does one unit of work. */
    Outcome invoke() throws Exception {
        return invoke(work(event()));
    }

    Outcome invoke(ObjectNode event) throws Exception {
        int before = work;
        event.path("samples")
                .forEach(sample -> work +=
                        sample.path(1).asText().equals(WORK) ? sample.path(2).asInt() : 0);
        event.put("echo", work);
        int expected = work;

        Outcome outcome = environment().invoke(event);

        if (event.has("raise")) {
            assertThat(outcome.json().path("error").asText())
                    .isEqualTo(event.path("raise").asText());
        } else {
            assertThat(outcome.json().path("result").path("echo").asInt()).isEqualTo(expected);
        }
        settledWork += outcome.json().at("/result/pushed").asBoolean() ? work - before : 0;
        longest = longest.compareTo(outcome.duration()) < 0 ? outcome.duration() : longest;
        return outcome;
    }

    /**
     * The server is well again: what was not rejected is counted, once. A client whose process ends may have lost what
     * it said that it could not settle.
     */
    void assertAllCountedAfterRecovery(int rejected) {
        FaultServer recovered = serve(Reaction.accept());
        await().atMost(RECOVERY_DEADLINE).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            int before = recovered.requests().size();
            Outcome outcome = invoke();
            assertThat(recovered.requests().size())
                    .as("requests, as it gives way no longer")
                    .isGreaterThan(before);
            if (client.can(Client.Skill.LIVES_ON)) {
                assertThat(recovered.total(WORK)).as("counted work").isEqualTo(work - rejected);
            } else {
                assertThat(outcome.json().at("/result/pushed").asBoolean())
                        .as("pushed")
                        .isTrue();
                assertThat(recovered.total(WORK))
                        .as("counted work")
                        .isBetween((double) settledWork, (double) work - rejected);
            }
        });
    }

    int work() {
        return work;
    }

    Duration longest() {
        return longest;
    }

    /** What the client has logged, line by line. */
    List<String> logged() throws Exception {
        return environment()
                .log()
                .lines()
                .filter(line -> line.contains("streamgauge:"))
                .toList();
    }

    /** What holds in every trial. */
    void assertWellBehaved() throws Exception {
        Duration slack = client.can(Client.Skill.LIVES_ON) ? SLACK : SLACK_WITH_START;
        assertThat(longest).as("longest invocation").isLessThan(limit.plus(slack));
        if (server != null) {
            assertThat(server.violations()).isEmpty();
        }
        assertThat(environment().log()).doesNotContain("secret-key", "hidden");
    }

    @Override
    public void close() throws IOException {
        if (environment != null) {
            environment.close();
        }
        if (server != null) {
            server.close();
        }
    }
}
