package dev.streamgauge.benchmarks.sidebyside;

import dev.streamgauge.benchmarks.load.Latencies;
import dev.streamgauge.benchmarks.processes.Machine;
import dev.streamgauge.benchmarks.systems.FreshnessProbe;
import dev.streamgauge.benchmarks.systems.NullServer;
import dev.streamgauge.benchmarks.systems.Streamgauge;
import dev.streamgauge.benchmarks.systems.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How long a sender waits for its answer, and a reader for what was pushed, at half of what the core can do. */
final class LatencyRows {

    private static final Workload PUSHES = Workload.counters(5, 1_000);
    private static final double MOST_BEYOND_FSYNC_MILLIS = 5;
    private static final double MOST_FRESHNESS_P50_MILLIS = 10;
    private static final double MOST_FRESHNESS_P99_MILLIS = 100;

    private LatencyRows() {}

    static List<Row> rows() {
        return List.of(
                new Row("accept-latency", "from a push to its 202, at half load", LatencyRows::accept),
                new Row("freshness", "from a push to a scrape that shows it, at half load", LatencyRows::freshness));
    }

    private static List<Finding> accept(String row, Bench bench) {
        try (Arm ours = new Arm(bench.streamgauge(), PUSHES).fill();
                Arm least = new Arm(new NullServer(), PUSHES)) {
            double half = halfRate(bench, ours);
            least.warmUp(bench.options().warmUp());
            List<Double> p50 = new ArrayList<>();
            List<Double> p99 = new ArrayList<>();
            List<Double> leastP99 = new ArrayList<>();
            List<Double> fsyncP50 = new ArrayList<>();
            List<Double> fsyncP99 = new ArrayList<>();
            for (int round = 0;
                    round < 2 * bench.options().rounds()
                            && p50.size() < bench.options().rounds();
                    round++) {
                double[] fsync = Machine.fsyncMillis(bench.data());
                Round open = ours.round(bench.options().round(), half);
                Latencies latencies = open.load().latencies();
                Latencies ofLeast =
                        least.round(bench.options().round(), half).load().latencies();
                bench.out()
                        .printf(
                                Locale.ROOT,
                                "%d pushes: p50 %.2f ms, p99 %.2f ms, max %.2f ms; fsync p50 %.2f ms, p99 %.2f ms;"
                                        + " null server p50 %.2f ms, p99 %.2f ms; others %.2f cores%n",
                                latencies.count(),
                                latencies.millis(500),
                                latencies.millis(990),
                                latencies.millis(1000),
                                fsync[0],
                                fsync[1],
                                ofLeast.millis(500),
                                ofLeast.millis(990),
                                open.otherCores());
                if (open.otherCores() <= bench.options().otherCores()) {
                    p50.add(latencies.millis(500));
                    p99.add(latencies.millis(990));
                    leastP99.add(ofLeast.millis(990));
                    fsyncP50.add(fsync[0]);
                    fsyncP99.add(fsync[1]);
                }
            }
            ours.check();
            if (p50.size() < bench.options().rounds()) {
                return Finding.tooBusy(row, "accept latency");
            }
            double beyond = Spread.of(p99).median() - Spread.of(fsyncP99).median();
            return List.of(
                    new Finding(
                            row,
                            String.format(Locale.ROOT, "accept p99 at %.0f pushes/s", half),
                            Spread.of(p99).text("ms"),
                            "fsync p99 " + Spread.of(fsyncP99).text("ms"),
                            String.format(Locale.ROOT, "%+.2f ms", beyond),
                            "at most 5 ms beyond the fsync",
                            TargetResult.of(beyond <= MOST_BEYOND_FSYNC_MILLIS),
                            ""),
                    new Finding(
                            row,
                            "accept p50",
                            Spread.of(p50).text("ms"),
                            "fsync p50 " + Spread.of(fsyncP50).text("ms"),
                            "",
                            "",
                            TargetResult.NO_TARGET,
                            ""),
                    new Finding(
                            row,
                            "p99 of the null server at that rate",
                            "",
                            Spread.of(leastP99).text("ms"),
                            "",
                            "",
                            TargetResult.NO_TARGET,
                            ""));
        }
    }

    private static List<Finding> freshness(String row, Bench bench) {
        Streamgauge system = bench.streamgauge();
        try (Arm ours = new Arm(system, PUSHES).fill()) {
            double half = halfRate(bench, ours);
            try (FreshnessProbe probe = probe(system)) { // nothing was scraped yet
                ours.round(bench.options().warmUp(), half);
                probe.stop();
            }
            List<Double> p50 = new ArrayList<>();
            List<Double> p99 = new ArrayList<>();
            for (int round = 0;
                    round < 2 * bench.options().rounds()
                            && p50.size() < bench.options().rounds();
                    round++) {
                Round open;
                Latencies ages;
                try (FreshnessProbe probe = probe(system)) {
                    open = ours.round(bench.options().round(), half);
                    ages = probe.stop();
                }
                bench.out()
                        .printf(
                                Locale.ROOT,
                                "%d probes: p50 %.2f ms, p99 %.2f ms; others %.2f cores%n",
                                ages.count(),
                                ages.millis(500),
                                ages.millis(990),
                                open.otherCores());
                if (open.otherCores() <= bench.options().otherCores()) {
                    p50.add(ages.millis(500));
                    p99.add(ages.millis(990));
                }
            }
            ours.check();
            if (p50.size() < bench.options().rounds()) {
                return Finding.tooBusy(row, "freshness");
            }
            return List.of(
                    freshness(row, "p50", p50, MOST_FRESHNESS_P50_MILLIS),
                    freshness(row, "p99", p99, MOST_FRESHNESS_P99_MILLIS));
        }
    }

    private static FreshnessProbe probe(Streamgauge system) {
        return new FreshnessProbe(system.port(), system.scrapeAddress(), Duration.ofMillis(1), Duration.ofMillis(20));
    }

    private static Finding freshness(String row, String name, List<Double> millis, double most) {
        Spread spread = Spread.of(millis);
        return new Finding(
                row,
                "freshness " + name + ", POST to scrape",
                spread.text("ms"),
                "",
                "",
                String.format(Locale.ROOT, "at most %.0f ms", most),
                TargetResult.of(spread.median() <= most),
                "");
    }

    /** Half of what it takes in a closed loop, with all that follows of it. */
    private static double halfRate(Bench bench, Arm ours) {
        ours.warmUp(bench.options().warmUp());
        List<Double> rates = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            rates.add(ours.round(bench.options().round()).rate());
        }
        return Spread.of(rates).median() / 2;
    }
}
