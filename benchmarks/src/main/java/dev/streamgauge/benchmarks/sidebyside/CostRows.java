package dev.streamgauge.benchmarks.sidebyside;

import dev.streamgauge.benchmarks.systems.Kind;
import dev.streamgauge.benchmarks.systems.NullServer;
import dev.streamgauge.benchmarks.systems.Workload;
import java.util.List;

/** What a push and a sample cost. */
final class CostRows {

    private static final String BUSY = "others used the machine";

    private CostRows() {}

    static List<Row> rows() {
        return List.of(
                new Row("five-counters", "5 counters a request, against the null server", CostRows::fiveCounters),
                new Row(
                        "fifty-1k",
                        "50 counters a request, 1,000 series",
                        (row, bench) -> aSample(row, bench, Workload.counters(50, 1_000), 1.6)),
                new Row(
                        "five-hundred-1k",
                        "500 counters a request, 1,000 series",
                        (row, bench) -> aSample(row, bench, Workload.counters(500, 1_000), 1.0)),
                new Row(
                        "histogram-50",
                        "50 histogram values a request, 12 bounds, 1,000 series",
                        (row, bench) ->
                                aSample(row, bench, new Workload("bench", Kind.HISTOGRAM, 50, 1_000, 1, false), 2.5)));
    }

    private static List<Finding> fiveCounters(String row, Bench bench) {
        Workload workload = Workload.counters(5, 1_000);
        try (Arm ours = new Arm(bench.streamgauge(), workload).fill();
                Arm least = new Arm(new NullServer(), workload)) {
            if (!bench.takeTurns(row, ours, least)) {
                return List.of(Finding.notMeasured(row, "CPU a request", BUSY));
            }
            double ratio = ours.microsAPush().median() / least.microsAPush().median();
            return List.of(new Finding(
                    row,
                    "CPU a request of 5 counters",
                    ours.microsAPush().text("µs"),
                    "null server " + least.microsAPush().text("µs"),
                    Finding.ratio(ratio),
                    "at most 3.0 times",
                    Verdict.of(ratio <= 3.0),
                    ""));
        }
    }

    private static List<Finding> aSample(String row, Bench bench, Workload workload, double most) {
        try (Arm ours = new Arm(bench.streamgauge(), workload).fill()) {
            if (!bench.takeTurns(row, ours)) {
                return List.of(Finding.notMeasured(row, "CPU a sample", BUSY));
            }
            return List.of(new Finding(
                    row,
                    "CPU a sample",
                    ours.microsASample().text("µs"),
                    "",
                    "",
                    "at most " + most + " µs",
                    Verdict.of(ours.microsASample().median() <= most),
                    ""));
        }
    }
}
