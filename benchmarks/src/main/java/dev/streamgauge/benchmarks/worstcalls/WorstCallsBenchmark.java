package dev.streamgauge.benchmarks.worstcalls;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Replays the most expensive calls of the scripts on an idle Redis, and prints how long they take: the script, as Redis
 * counts it, and the round trip, with the transfer of the arguments and the write to disk. Run by {@code make
 * bench-calls}. Add the calls of another script by a class like {@link FoldCalls}.
 *
 * <p>Exits with 1 if the median of a script is above the bound.
 */
public final class WorstCallsBenchmark {

    private static final Duration BOUND = Duration.ofMillis(5);
    private static final int WARM_UPS = 3;
    private static final int CALLS = Integer.getInteger("dev.streamgauge.calls.repetitions", 20);

    private WorstCallsBenchmark() {}

    /** Measures and prints. */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        boolean isKept = true;
        try (IdleRedis redis = new IdleRedis();
                FoldCalls folds = new FoldCalls(redis)) {
            out.printf(Locale.ROOT, "%s, %d calls each%n%n", redis.version(), CALLS);
            out.printf("%-52s %10s %10s %14s%n", "", "script ms", "worst", "round trip ms");
            List<WorstCall> calls = new ArrayList<>(new AdmissionCalls(redis).all());
            calls.addAll(folds.all());
            calls.addAll(new MaintenanceCalls(redis).all());
            for (WorstCall call : calls) {
                isKept &= measure(redis, call, out);
            }
        }
        out.printf(
                Locale.ROOT,
                "%n%s: the median of each script is at most %d ms%n",
                isKept ? "HOLDS" : "DOES NOT HOLD",
                BOUND.toMillis());
        if (!isKept) {
            System.exit(1);
        }
    }

    private static boolean measure(IdleRedis redis, WorstCall call, PrintStream out) {
        redis.empty();
        List<Duration> scripts = new ArrayList<>();
        List<Duration> roundTrips = new ArrayList<>();
        for (int i = -WARM_UPS; i < CALLS; i++) {
            call.prepare().run();
            redis.resetStatistics();
            long start = System.nanoTime();
            call.call().run();
            Duration roundTrip = Duration.ofNanos(System.nanoTime() - start);
            if (i >= 0) {
                scripts.add(redis.scriptTime());
                roundTrips.add(roundTrip);
            }
        }
        scripts.sort(null);
        roundTrips.sort(null);
        Duration median = scripts.get(CALLS / 2);
        out.printf(
                Locale.ROOT,
                "%-52s %10.2f %10.2f %14.2f%s%n",
                call.name(),
                millis(median),
                millis(scripts.getLast()),
                millis(roundTrips.get(CALLS / 2)),
                median.compareTo(BOUND) <= 0 ? "" : "  above the bound");
        return median.compareTo(BOUND) <= 0;
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }
}
