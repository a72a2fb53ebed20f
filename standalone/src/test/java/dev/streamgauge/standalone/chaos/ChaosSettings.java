package dev.streamgauge.standalone.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/**
 * What a run can be told by system properties.
 *
 * @param seed {@code dev.streamgauge.chaos.seed}: decides which faults come when; random if not given
 * @param duration {@code dev.streamgauge.chaos.duration}: of the run, in seconds or as {@code PT15M}; the start
 *     comes on top
 */
record ChaosSettings(long seed, Duration duration) {

    private static final String SEED = "dev.streamgauge.chaos.seed";
    private static final String DURATION = "dev.streamgauge.chaos.duration";

    /** Half a round, with a sixth of the kinds of faults; {@code make chaos} runs long enough for all of them. */
    private static final Duration SHORT = Duration.ofSeconds(15);

    static ChaosSettings fromProperties() {
        String seed = System.getProperty(SEED, "");
        String duration = System.getProperty(DURATION, "");
        return new ChaosSettings(
                seed.isBlank() ? new Random().nextInt(1_000_000) : Long.parseLong(seed.strip()),
                duration.isBlank() ? SHORT : parse(duration.strip()));
    }

    private static Duration parse(String duration) {
        return duration.startsWith("P") ? Duration.parse(duration) : Duration.ofSeconds(Long.parseLong(duration));
    }

    /** Where a run leaves its journal, its logs and Redis' files. */
    Path folder() {
        return Path.of("target", "chaos", "seed-" + seed).toAbsolutePath();
    }

    /** How to have the same faults again. */
    String replay() {
        return "make chaos SEED=" + seed + " MINUTES=" + Math.max(1, duration.toMinutes()) + "  (seed=" + seed
                + " duration=" + duration + ")";
    }
}
