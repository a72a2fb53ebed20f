package dev.streamgauge.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.clients.Client.Skill;
import dev.streamgauge.standalone.clients.Environment.Outcome;
import dev.streamgauge.standalone.clients.Fault.Scenario;
import dev.streamgauge.standalone.e2e.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** All faults, each with what must come of it. */
final class FaultTable {

    private static final Duration SECOND = Duration.ofSeconds(1);

    /** How long an environment is frozen after the server has closed its connection. */
    private static final Duration FROZEN = Duration.ofSeconds(Peers.isNewest() ? 60 : 0);

    private final List<Fault> faults = new ArrayList<>();

    private FaultTable() {
        addConnecting();
        addAnswers();
        addRetryAfter();
        addFinalAnswers();
        addInvocations();
        faults.addAll(InputFaults.all());
        addEnvironments();
    }

    static List<Fault> faults() {
        return new FaultTable().faults;
    }

    private void add(String name, Set<Skill> needs, Scenario scenario) {
        faults.add(new Fault(name, needs, scenario));
    }

    private void add(String name, Scenario scenario) {
        add(name, Set.of(), scenario);
    }

    /** For all clients; the server recovers, and then everything is counted. */
    private void addRecovering(String name, Reaction reaction) {
        add(name, trial -> {
            trial.serve(reaction);
            trial.invoke();
            trial.invoke();
            trial.assertAllCountedAfterRecovery(0);
        });
    }

    private void addConnecting() {
        add("none, cold and warm", trial -> {
            trial.unhurried();
            FaultServer server = trial.serve(Reaction.accept());
            for (int i = 0; i < 10; i++) {
                trial.invoke();
            }
            assertThat(server.total(Trial.WORK)).isEqualTo(10);
            assertThat(server.requests()).hasSize(10);
            assertThat(server.connections())
                    .as("connections")
                    .isEqualTo(trial.client().can(Skill.LIVES_ON) ? 1 : 10);
            assertThat(server.requests().getFirst().body()).contains("\"region\":\"eu\"", "\"function\":\"checkout\"");
        });
        add("no URL", trial -> {
            trial.with("STREAMGAUGE_URL", "");
            trial.invoke();
            trial.invoke();
            assertThat(trial.logged().stream().filter(line -> line.contains("URL")))
                    .hasSizeBetween(1, trial.client().can(Skill.LIVES_ON) ? 1 : 3);
        });
        add("gone: no connection", trial -> {
            trial.invoke();
            trial.invoke();
            trial.assertAllCountedAfterRecovery(0);
        });
        add("connecting hangs", trial -> {
            try (FullBacklog _ = new FullBacklog(trial.port())) {
                trial.invoke();
                trial.invoke();
            }
            trial.assertAllCountedAfterRecovery(0);
        });
        add("DNS never answers", Set.of(Skill.LIVES_ON), trial -> {
            trial.in(SilentNetwork.command()).with("STREAMGAUGE_URL", "http://metrics.example.com?token=hidden");
            List<Outcome> outcomes = List.of(trial.invoke(), trial.invoke(), trial.invoke());
            assertThat(outcomes)
                    .filteredOn(outcome -> outcome.duration().compareTo(SECOND.dividedBy(2)) > 0)
                    .as("invocations that waited")
                    .hasSize(1);
        });
    }

    private void addAnswers() {
        addRecovering("hangs", Reaction.hang());
        addRecovering("counts, and hangs", Reaction.countAndHang());
        addTrickling("trickles a byte a second", Reaction.trickle());
        addTrickling("trickles its content", Reaction.trickleContent());
        addRecovering("breaks off in the head", Reaction.cutInHead());
        addRecovering("answers garbage", Reaction.garbage());
        add("answers after 0.6 s", trial -> {
            FaultServer server = trial.serve(Reaction.slow(Duration.ofMillis(600)));
            trial.invoke();
            trial.invoke();
            assertThat(server.total(Trial.WORK)).isEqualTo(2);
            assertThat(server.requests()).hasSize(2);
        });
        add("breaks off in the content", trial -> {
            trial.unhurried();
            FaultServer server = trial.serve(Reaction.cutInContent());
            trial.invoke();
            trial.invoke();
            assertThat(server.total(Trial.WORK)).isEqualTo(2);
            assertThat(server.requests()).hasSize(2);
        });
        add("breaks off once", trial -> {
            trial.unhurried();
            FaultServer server = trial.serve(Reaction.cutInHead().times(1, Reaction.accept()));
            trial.invoke();
            assertThat(server.total(Trial.WORK)).isEqualTo(1);
            assertThat(server.requests())
                    .hasSize(2)
                    .extracting(FaultServer.Request::key)
                    .containsOnly(keyOf(server));
        });
        addAccepting("202 without JSON", "<html>fine</html>");
        addAccepting("202, JSON nested too deeply", "[".repeat(60_000));
        addAccepting("202, a long text", "{\"title\":\"" + "x".repeat(60_000) + "\"}");
        add("202, some rejected", trial -> {
            trial.unhurried();
            trial.serve(Reaction.acceptSaying("""
                {"accepted":1,"rejected":1,"errors":[{"index":0,"reason":"type-conflict","message":"is a gauge"}]}\
                """));
            assertThat(isSettled(trial.invoke(Trial.pushing("m-1")))).isFalse();
            assertThat(trial.logged()).hasSize(1).first().asString().contains("is a gauge");
        });
        add("a kept connection goes silent", Set.of(Skill.LIVES_ON), trial -> {
            trial.serve(Reaction.silentWhenKept());
            trial.invoke();
            trial.invoke();
            trial.assertAllCountedAfterRecovery(0);
        });
    }

    /** The status decides, whatever follows it. */
    private void addAccepting(String name, String content) {
        add(name, trial -> {
            trial.unhurried();
            FaultServer server = trial.serve(Reaction.acceptSaying(content));
            assertThat(isSettled(trial.invoke(Trial.pushing("m-1")))).isTrue();
            assertThat(server.requests()).hasSize(1);
            assertThat(trial.logged()).isEmpty();
        });
    }

    private static boolean isSettled(Outcome outcome) {
        return outcome.json().at("/result/settled/0").asBoolean();
    }

    /** With more time than there is between two bytes, so that no timeout of a read ends it. */
    private void addTrickling(String name, Reaction reaction) {
        add(name, trial -> {
            trial.timeout(SECOND.multipliedBy(2));
            FaultServer server = trial.serve(reaction);
            for (int i = 0; i < 5; i++) {
                trial.invoke();
            }
            if (trial.client().can(Skill.COLLECTS)) {
                assertThat(server.requests()).as("requests, as it gives way").hasSizeLessThan(5);
            }
            trial.assertAllCountedAfterRecovery(0);
        });
    }

    private void addRetryAfter() {
        for (int status : new int[] {429, 503}) {
            add(status + " once", trial -> {
                trial.unhurried();
                FaultServer server = trial.serve(Reaction.status(status).times(1, Reaction.accept()));
                trial.invoke();
                assertThat(server.total(Trial.WORK)).isEqualTo(1);
            });
            addRecovering(status, "", Reaction.status(status));
            addRecovering(status, ", Retry-After: 1", Reaction.status(status, "Retry-After: 1"));
            addRecovering(status, ", Retry-After a date", Reaction.statusUntil(status, Duration.ofSeconds(2)));
            addRecovering(status, ", Retry-After garbage", Reaction.status(status, "Retry-After: soon"));
            addObeying(status, "1", Reaction.status(status, "Retry-After:1")); // HTTP needs no blank
            addObeying(status, "a date", Reaction.statusUntil(status, Duration.ofSeconds(2)));
        }
    }

    private void addRecovering(int status, String header, Reaction reaction) {
        addRecovering(status + header, reaction);
    }

    private void addObeying(int status, String header, Reaction reaction) {
        add(status + ", Retry-After " + header + ", with time", trial -> {
            trial.unhurried();
            FaultServer server = trial.serve(reaction.times(1, Reaction.accept()));
            trial.invoke();
            assertThat(server.total(Trial.WORK)).isEqualTo(1);
            assertThat(server.requests().get(1).nanoTime()
                            - server.requests().get(0).nanoTime())
                    .as("obeyed")
                    .isGreaterThan(Duration.ofMillis(900).toNanos());
        });
    }

    private void addFinalAnswers() {
        addFinal("400", Reaction.status(400));
        addFinal("400, a text with line breaks", Reaction.answer(400, "{\"title\":\"no\\nstreamgauge: more\"}"));
        addFinal("401", Reaction.status(401));
        addFinal("413, without reading", Reaction.tooLarge());
        add("a redirect", trial -> {
            try (FaultServer other = new FaultServer(0, Reaction.accept())) {
                assertFinal(
                        trial, Reaction.status(307, "Location: http://127.0.0.1:" + other.port() + "/api/v1/metrics"));
                assertThat(other.requests()).isEmpty();
            }
        });
    }

    private void addFinal(String name, Reaction reaction) {
        add(name, trial -> assertFinal(trial, reaction));
    }

    private static void assertFinal(Trial trial, Reaction reaction) throws Exception {
        trial.unhurried();
        FaultServer server = trial.serve(reaction);
        Outcome outcome = trial.invoke();
        assertThat(server.connections()).as("attempts").isEqualTo(1);
        if (trial.client().can(Skill.COLLECTS)) {
            assertThat(outcome.dropped("rejected")).isEqualTo(1);
        }
        assertThat(trial.logged()).hasSize(1);
        trial.assertAllCountedAfterRecovery(1);
    }

    private void addInvocations() {
        add("the handler raises", Set.of(Skill.LAMBDA), trial -> {
            trial.unhurried();
            FaultServer server = trial.serve(Reaction.accept());
            trial.invoke(Trial.work(Trial.event()).put("raise", "out of stock"));
            assertThat(server.total(Trial.WORK)).isEqualTo(1);
            assertThat(server.total("lambda_errors_total")).isEqualTo(1);
        });
        add("hangs until the function's timeout", Set.of(Skill.LAMBDA), trial -> {
            Duration functionTimeout = Duration.ofSeconds(8); // a JVM under load takes seconds to start
            trial.timeout(functionTimeout.multipliedBy(3))
                    .limit(functionTimeout)
                    .with("AWS_LAMBDA_FUNCTION_TIMEOUT", String.valueOf(functionTimeout.toSeconds()));
            trial.serve(Reaction.accept());
            trial.invoke();
            trial.serve(Reaction.hang());
            trial.invoke();
            trial.assertAllCountedAfterRecovery(0);
        });
        add("hangs, after the response", Set.of(Skill.ANSWERS_FIRST), trial -> {
            trial.unhurried();
            trial.serve(Reaction.hang());
            assertThat(trial.invoke().json().path("answered").asDouble())
                    .as("seconds until the response")
                    .isLessThan(SECOND.toMillis() / 1e3);
        });
    }

    private void addEnvironments() {
        add("memory copied, pushed twice", Set.of(Skill.FORKS), trial -> {
            trial.unhurried();
            FaultServer server = trial.serve(Reaction.accept());
            trial.invoke();
            trial.invoke(Trial.work(Trial.event()).put("fork", true));
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(server.total(Trial.WORK)).isEqualTo(3));
            assertThat(server.requests()).extracting(FaultServer.Request::key).doesNotHaveDuplicates();
            assertThat(server.connections())
                    .as("connections, one for each process")
                    .isEqualTo(2);
        });
        add("frozen, and the connection closed", Set.of(Skill.LIVES_ON), trial -> {
            trial.unhurried();
            FaultServer server = trial.serve(Reaction.accept());
            server.closeIdleAfter(300);
            trial.invoke();
            trial.environment().signal("STOP");
            await().atMost(Duration.ofSeconds(10)).until(() -> !server.hasOpenConnections());
            pace(System.nanoTime() + FROZEN.toNanos());
            trial.environment().signal("CONT");
            trial.invoke();
            assertThat(server.total(Trial.WORK)).isEqualTo(2);
        });
        add("another process holds the shared file", Set.of(Skill.SHARES_A_FILE), trial -> {
            trial.unhurried();
            FaultServer server = trial.serve(Reaction.accept());
            trial.invoke();
            try (LockedFile _ = new LockedFile(sharedFile(trial.temporaryFolder()))) {
                trial.invoke();
            }
            assertThat(server.total(Trial.WORK)).isEqualTo(2);
        });
        add("hangs for 200 invocations in 60 s", Set.of(Skill.LIVES_ON), trial -> {
            trial.serve(Reaction.hang());
            int waited = 0;
            long start = System.nanoTime();
            for (int i = 0; i < 200; i++) {
                pace(start + i * Duration.ofMillis(300).toNanos());
                waited += trial.invoke().duration().compareTo(SECOND.dividedBy(2)) > 0 ? 1 : 0;
            }
            assertThat(waited).as("invocations that waited").isBetween(1, 7);
            pace(start + Duration.ofSeconds(70).toNanos()); // it gave way until then
            trial.assertAllCountedAfterRecovery(0);
        });
    }

    private static Path sharedFile(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("streamgauge-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** A load has a pace, whatever it meets. */
    private static void pace(long nanoTime) {
        for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static String keyOf(FaultServer server) {
        return server.requests().getFirst().key();
    }

    /** A file with a lock of another process on it; a JVM's own locks are of another kind than those of PHP. */
    private static final class LockedFile implements AutoCloseable {

        private final Process holder;

        LockedFile(Path file) throws IOException {
            holder = new ProcessBuilder("flock", "--no-fork", file.toString(), "sleep", "60").start();
            await().atMost(Duration.ofSeconds(10)).until(() -> isLocked(file));
        }

        private static boolean isLocked(Path file) throws IOException, InterruptedException {
            return new ProcessBuilder("flock", "--nonblock", file.toString(), "true")
                            .start()
                            .waitFor()
                    != 0;
        }

        @Override
        public void close() {
            holder.destroyForcibly();
        }
    }
}
