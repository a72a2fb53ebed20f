package dev.streamgauge.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A standalone that is killed in the middle of a load has every 202 in its totals, once, after the next start. */
class KillIT {

    private static final int SENDERS = 16;
    private static final int TENANTS = 3;
    private static final int ACCEPTED_BETWEEN_KILLS = 200;

    /** How often each victim is killed. */
    private static final int ROUNDS = 2;

    enum Victim {
        JVM,
        REDIS,
        BOTH
    }

    @Test
    void totals_equalWhatWasSent_whenKilledUnderLoad(@TempDir Path folder) throws Exception {
        Jars.Started standalone = Jars.standalone(folder).awaitReady();
        MixedLoad load = new MixedLoad(standalone.at("/api/v1/metrics"), SENDERS, TENANTS, 2);
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> running = executor.submit(() -> {
                load.run(Integer.MAX_VALUE);
                return null;
            });

            for (int round = 0; round < ROUNDS; round++) {
                for (Victim victim : Victim.values()) {
                    awaitMoreAccepted(load);
                    standalone = kill(victim, standalone, folder);
                }
            }
            awaitMoreAccepted(load);
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

    /** The standalone that runs afterwards: another process, unless only its Redis was killed. */
    private static Jars.Started kill(Victim victim, Jars.Started standalone, Path folder) throws Exception {
        long redisPid = redisPid(folder);
        if (victim != Victim.REDIS) {
            standalone.process().kill();
        }
        if (victim != Victim.JVM) {
            ProcessHandle.of(redisPid).ifPresent(ProcessHandle::destroyForcibly);
        }
        return victim == Victim.REDIS
                ? standalone
                : Jars.again(standalone, folder).awaitReady();
    }

    private static void awaitMoreAccepted(MixedLoad load) {
        long enough = load.accepted() + ACCEPTED_BETWEEN_KILLS;
        await().atMost(Duration.ofSeconds(60)).until(() -> load.accepted() >= enough);
    }

    private static long redisPid(Path folder) throws Exception {
        return Long.parseLong(Files.readString(folder.resolve("redis.pid")).strip());
    }
}
