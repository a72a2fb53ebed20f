package dev.streamgauge.benchmarks.isolation;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What a tenant that exceeds its share does to the accept latency of tenants within theirs, and to the time until their
 * samples are shown, for each {@link NoisyLoad}.
 *
 * <p>Rounds without and with the noisy tenant alternate in the order ABBA, so that a machine that slows down or warms
 * up favors neither. A round during which other programs used the machine is not counted. Run by {@code make
 * bench-isolation}; each load takes about two and a half minutes.
 */
public final class IsolationBenchmark {

    private IsolationBenchmark() {}

    /**
     * Measures and prints; exits with 1 if the quiet tenants were slowed down too much, or nothing could be measured.
     */
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Settings settings = Settings.fromProperties();
        out.printf(
                Locale.ROOT,
                "%d quiet tenants of %d pushes/s with %d samples; %d processors, %s %s, appendfsync always%n",
                settings.quietTenants(),
                settings.quietRate(),
                settings.quietSamples(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.vm.name"),
                Runtime.version());
        boolean isKept = true;
        for (NoisyLoad load : settings.loads()) {
            try (Comparison comparison = new Comparison(load, settings, out)) {
                isKept &= comparison.run();
            }
        }
        if (!isKept) {
            System.exit(1);
        }
    }
}
