package dev.streamgauge.benchmarks.isolation;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What is run. Each has a default, and the system property {@code dev.streamgauge.isolation.<name>}.
 *
 * @param quietTenants tenants within their limits
 * @param quietRate pushes a second of each of them
 * @param quietSamples samples of each of their pushes
 * @param loads what the noisy tenant does, one after the other; a comma between them
 * @param rounds rounds of each load, as many with the noisy tenant as without
 * @param round how long a round is
 * @param warmUp how long both send before the first round
 */
record Settings(
        int quietTenants,
        int quietRate,
        int quietSamples,
        List<NoisyLoad> loads,
        int rounds,
        Duration round,
        Duration warmUp) {

    private static final String PREFIX = "dev.streamgauge.isolation.";

    static Settings fromProperties() {
        return new Settings(
                number("quiet-tenants", 19),
                number("quiet-rate", 20),
                number("quiet-samples", 5),
                loads(System.getProperty(PREFIX + "loads", "")),
                number("rounds", 5),
                Duration.ofSeconds(number("round-seconds", 9)),
                Duration.ofSeconds(number("warm-up-seconds", 20)));
    }

    private static List<NoisyLoad> loads(String ids) {
        return ids.isEmpty()
                ? List.of(NoisyLoad.values())
                : Arrays.stream(ids.split(","))
                        .map(id -> NoisyLoad.valueOf(id.strip().toUpperCase(Locale.ROOT)))
                        .toList();
    }

    private static int number(String name, int standard) {
        return Integer.getInteger(PREFIX + name, standard);
    }
}
