package dev.streamgauge.standalone.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.e2e.Peers;
import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many environments push to a real Streamgauge that is killed; with {@code PEERS=newest}, 50 of them for a minute. */
@Tag("e2e")
class EnvironmentsIT {

    private static final String TENANT = "acme";
    private static final int ENVIRONMENTS = Peers.isNewest() ? 50 : 8;
    private static final Duration LOAD = Duration.ofSeconds(Peers.isNewest() ? 60 : 12);
    private static final int KILLS = Peers.isNewest() ? 3 : 1;
    private static final Duration BETWEEN_INVOCATIONS = Duration.ofMillis(300);

    /** Longer than a client gives way, which is a minute. */
    private static final Duration RECOVERY_DEADLINE = Duration.ofSeconds(150);

    private final AtomicInteger work = new AtomicInteger();

    @Test
    void everyUnitOfWork_isCountedOnce_whenStreamgaugeIsKilled(@TempDir Path folder) throws Exception {
        Path data = folder.resolve("data");
        List<Environment> environments = new ArrayList<>();
        Jars.Started standalone = Jars.standalone(data).awaitReady();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<String, String> variables =
                    Map.of("STREAMGAUGE_URL", standalone.address().toString(), "STREAMGAUGE_TENANT", TENANT);
            List<Client> clients = Client.inLoops();
            for (int i = 0; i < ENVIRONMENTS; i++) {
                environments.add(new Environment(clients.get(i % clients.size()), List.of(), variables));
            }

            long end = System.nanoTime() + LOAD.toNanos();
            List<Future<?>> loads = new ArrayList<>();
            for (Environment environment : environments) {
                loads.add(threads.submit(() -> invokeUntil(end, environment)));
            }
            for (int i = 0; i < KILLS; i++) {
                LockSupport.parkNanos(LOAD.dividedBy(KILLS + 1).toNanos()); // the load goes on
                standalone.process().kill();
                standalone = Jars.again(standalone, data).awaitReady();
            }
            for (Future<?> load : loads) {
                load.get();
            }

            assertAllCounted(standalone, environments);
        } finally {
            for (Environment environment : environments) {
                environment.close();
            }
            standalone.close();
        }
    }

    private Void invokeUntil(long end, Environment environment) throws Exception {
        while (System.nanoTime() < end) {
            invoke(environment);
            LockSupport.parkNanos(BETWEEN_INVOCATIONS.toNanos());
        }
        return null;
    }

    private void invoke(Environment environment) throws Exception {
        int unit = work.incrementAndGet();
        var event = Trial.work(Trial.event()).put("echo", unit);

        Environment.Outcome outcome = environment.invoke(event);

        assertThat(outcome.json().at("/result/echo").asInt())
                .as("%s", outcome.json())
                .isEqualTo(unit);
        assertThat(outcome.dropped()).isZero();
    }

    /** Invokes again, so that what waits in the environments is pushed. */
    private void assertAllCounted(Jars.Started standalone, List<Environment> environments) {
        await().atMost(RECOVERY_DEADLINE).pollInterval(Duration.ofSeconds(3)).untilAsserted(() -> {
            double counted = Scrapes.values(standalone.address(), TENANT).getOrDefault(Trial.WORK, 0.0);
            int expected = work.get();
            if (counted != expected) {
                for (Environment environment : environments) {
                    invoke(environment);
                }
            }
            assertThat(counted).isEqualTo(expected);
        });
    }
}
