package dev.streamgauge.benchmarks.summaries;

import dev.streamgauge.benchmarks.load.Generator;
import dev.streamgauge.benchmarks.load.Load;
import dev.streamgauge.benchmarks.load.RequestSet;
import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.benchmarks.processes.CpuTime;
import dev.streamgauge.benchmarks.systems.Kind;
import dev.streamgauge.benchmarks.systems.Push;
import dev.streamgauge.benchmarks.systems.Streamgauge;
import dev.streamgauge.benchmarks.systems.Workload;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What a push costs Redis while sketches grow: 40 tenants with one summary each, and 1,000 different values, on 24
 * connections. The values fill their slot of the window within seconds, and the window within its ten minutes. Run by
 * {@code make bench-summaries}.
 *
 * <p>Exits with 1 if the last quarter of the time costs more than 1.15 times the second one, or a fold takes longer than
 * 5 ms.
 */
public final class SummariesBenchmark {

    private static final int TENANTS = 40;
    private static final int VALUES = 1_000;
    private static final int CONNECTIONS = 24;

    /** Ratio of two values: each has its own bin of a sketch. */
    private static final double STEP = 1.0203;

    private static final double LEAST_VALUE = 1e-4;

    /**
     * The roles share a core with Redis. With a lower priority they rarely interrupt a script, so that the slow log shows
     * for how long it works, and not for how long it waits for the core.
     */
    private static final List<String> AFTER_REDIS = List.of("nice", "-n", "19");

    private static final int WINDOWS = 20;
    private static final double MOST = 1.15;
    private static final Duration LONGEST_FOLD = Duration.ofMillis(5);
    private static final Duration SETTLE_DEADLINE = Duration.ofMinutes(1);

    private final PrintStream out;
    private final Duration window;

    private SummariesBenchmark(PrintStream out, Duration window) {
        this.out = out;
        this.window = window;
    }

    /** Measures and prints. */
    public static void main(String[] args) throws IOException {
        Cores.check();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        int minutes = Integer.getInteger("dev.streamgauge.summaries.minutes", 20);
        Path data = Files.createDirectories(
                Path.of("benchmarks", "target", "summaries").toAbsolutePath());
        Duration window = Duration.ofMinutes(minutes).dividedBy(WINDOWS);
        if (!new SummariesBenchmark(out, window).run(Files.createTempDirectory(data, "system-"))) {
            System.exit(1);
        }
    }

    private boolean run(Path directory) {
        List<Double> micros = new ArrayList<>();
        LongFolds.Longest longest = LongFolds.Longest.NONE;
        try (Streamgauge system = new Streamgauge(directory, AFTER_REDIS);
                Generator generator = new Generator(
                        system.port(),
                        system.protocol(),
                        Generator.Connecting.KEEP_ALIVE,
                        CONNECTIONS,
                        requests(system))) {
            LongFolds folds = new LongFolds(system.redis());
            long redis = Objects.requireNonNull(system.processes().get("redis"));
            out.printf(
                    "%8s %12s %16s %18s %18s%n",
                    "minute", "pushes/s", "Redis us/push", "longest fold ms", "longest other ms");
            for (int i = 0; i < WINDOWS; i++) {
                Duration before = CpuTime.ofTree(redis);
                Load load = generator.closedLoop(window);
                if (!load.rejected().isEmpty()) {
                    throw new IllegalStateException("rejected: " + generator.rejections());
                }
                Duration used = CpuTime.ofTree(redis).minus(before);
                LongFolds.Longest inWindow = folds.longest();
                longest = longest.or(inWindow);
                micros.add(used.toNanos() / 1e3 / load.accepted());
                out.printf(
                        Locale.ROOT,
                        "%8.1f %12.0f %16.1f %18s %18s%n",
                        (i + 1) * window.toMillis() / 60_000.0,
                        load.accepted() * 1e3 / window.toMillis(),
                        micros.getLast(),
                        shown(inWindow.fold()),
                        shown(inWindow.other()));
            }
            system.awaitSettled(SETTLE_DEADLINE);
        }
        return printResult(micros, longest);
    }

    private static String shown(Duration longest) {
        return longest.isZero() ? "under 1" : String.format(Locale.ROOT, "%.2f", longest.toNanos() / 1e6);
    }

    private boolean printResult(List<Double> micros, LongFolds.Longest longest) {
        int quarter = WINDOWS / 4;
        double second = mean(micros.subList(quarter, 2 * quarter));
        double last = mean(micros.subList(3 * quarter, WINDOWS));
        boolean isKept = last <= MOST * second && longest.fold().compareTo(LONGEST_FOLD) <= 0;
        out.printf(
                Locale.ROOT,
                "%n%s: Redis' cost of a push in the last quarter is at most %.2f times that in the second: %.2f;%n"
                        + "no fold takes longer than %d ms: %s ms (the longest other call: %s ms)%n",
                isKept ? "HOLDS" : "DOES NOT HOLD",
                MOST,
                last / second,
                LONGEST_FOLD.toMillis(),
                shown(longest.fold()),
                shown(longest.other()));
        return isKept;
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    /** One value each; the tenants take turns, and each has an order of values of its own. */
    private static RequestSet requests(Streamgauge system) {
        Workload workload = new Workload("bench", Kind.SUMMARY, 1, TENANTS, TENANTS, false);
        Random random = new Random(1);
        List<List<Integer>> orders = IntStream.range(0, TENANTS)
                .mapToObj(tenant -> {
                    List<Integer> order =
                            new ArrayList<>(IntStream.range(0, VALUES).boxed().toList());
                    Collections.shuffle(order, random);
                    return order;
                })
                .toList();
        byte[][] requests = new byte[TENANTS * VALUES][];
        double[] sums = new double[requests.length];
        for (int i = 0; i < requests.length; i++) {
            int tenant = i % TENANTS;
            sums[i] = LEAST_VALUE * Math.pow(STEP, orders.get(tenant).get(i / TENANTS));
            Push.Sample sample = new Push.Sample("duration_seconds", "GET", "/api/v1/items", sums[i]);
            requests[i] = system.encode(workload, new Push(workload.tenant(tenant), "bench", List.of(sample)));
        }
        return new RequestSet(requests, 1, IntStream.range(0, requests.length).toArray(), sums);
    }
}
