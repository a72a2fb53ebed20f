package dev.streamgauge.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A standalone that is killed in the middle of a load has every 202 in its totals, once, after the next start. */
class KillIT {

    private static final int SENDERS = 16;
    private static final int TENANTS = 3;
    private static final int ACCEPTED_BETWEEN_KILLS = 200;
    private static final int KILLS = 2;

    enum Victim {
        JVM,
        REDIS,
        BOTH
    }

    @ParameterizedTest
    @EnumSource
    void totals_equalWhatWasSent_whenKilledUnderLoad(Victim victim, @TempDir Path folder) throws Exception {
        Jars.Started standalone = Jars.standalone(folder).awaitReady();
        MixedLoad load = new MixedLoad(standalone.at("/api/v1/metrics"), SENDERS, TENANTS, 2);
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> running = executor.submit(() -> {
                load.run(Integer.MAX_VALUE);
                return null;
            });

            for (int kill = 1; kill <= KILLS; kill++) {
                awaitAccepted(load, (long) kill * ACCEPTED_BETWEEN_KILLS);
                long redisPid = redisPid(folder);
                if (victim != Victim.REDIS) {
                    standalone.process().kill();
                }
                if (victim != Victim.JVM) {
                    ProcessHandle.of(redisPid).ifPresent(ProcessHandle::destroyForcibly);
                }
                if (victim != Victim.REDIS) {
                    standalone = Jars.again(standalone, folder).awaitReady();
                }
            }
            awaitAccepted(load, (KILLS + 1L) * ACCEPTED_BETWEEN_KILLS);
            load.stop();
            running.get();

            assertThat(load.repeated()).isPositive();
            Scrapes.assertTotals(standalone.address(), standalone.address(), load, TENANTS);
        } finally {
            load.stop();
            standalone.process().terminate();
            standalone.close();
        }
    }

    private static void awaitAccepted(MixedLoad load, long requests) {
        await().atMost(Duration.ofSeconds(60)).until(() -> load.accepted() >= requests);
    }

    private static long redisPid(Path folder) throws Exception {
        return Long.parseLong(Files.readString(folder.resolve("redis.pid")).strip());
    }
}
