package dev.streamgauge.benchmarks.sidebyside;

import dev.streamgauge.benchmarks.load.Generator.Connecting;
import dev.streamgauge.benchmarks.systems.Kind;
import dev.streamgauge.benchmarks.systems.NullServer;
import dev.streamgauge.benchmarks.systems.PoppedList;
import dev.streamgauge.benchmarks.systems.Pushgateway;
import dev.streamgauge.benchmarks.systems.Pushgateway.Consistency;
import dev.streamgauge.benchmarks.systems.SystemUnderTest;
import dev.streamgauge.benchmarks.systems.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What a push and a sample cost. */
final class CostRows {

    /** Of the pushes of most rows: what a short-lived sender has to say. */
    private static final int FEW = 5;

    private CostRows() {}

    static List<Row> rows() {
        return List.of(
                new Row("five-counters", "5 counters a request, against the null server", CostRows::fiveCounters),
                new Row(
                        "pushgateway-100",
                        "5 counters a request, 100 series, against pushgateway",
                        (row, bench) -> againstPushgateway(row, bench, 100, 10)),
                new Row(
                        "pushgateway-10k",
                        "5 counters a request, 10,000 series, against pushgateway",
                        (row, bench) -> againstPushgateway(row, bench, 10_000, 150)),
                new Row("fifty-1k", "50 counters a request, 1,000 series, against victoria-metrics", CostRows::fifty),
                new Row(
                        "fifty-10k",
                        "50 counters a request, 10,000 series",
                        (row, bench) -> aSample(row, bench, Workload.counters(50, 10_000), 2.5)),
                new Row(
                        "five-hundred-1k",
                        "500 counters a request, 1,000 series",
                        (row, bench) -> aSample(row, bench, Workload.counters(500, 1_000), 1.0)),
                new Row(
                        "five-hundred-10k",
                        "500 counters a request, 10,000 series",
                        (row, bench) -> aSample(row, bench, Workload.counters(500, 10_000), 1.8)),
                new Row(
                        "histogram-50",
                        "50 histogram values a request, 12 bounds, 1,000 series",
                        (row, bench) ->
                                aSample(row, bench, new Workload("bench", Kind.HISTOGRAM, 50, 1_000, 1, false), 2.5)),
                new Row(
                        "stored-series",
                        "5 counters a request for 1,000 series, with 1,000 to 1,000,000 stored",
                        CostRows::storedSeries),
                new Row(
                        "pushed-series",
                        "50 counters a request, spread over 1,000 to 1,000,000 series",
                        CostRows::pushedSeries),
                new Row("tenants", "5 counters a request, 50,000 series of 1 to 10,000 tenants", CostRows::tenants),
                new Row("batch-sizes", "1 to 500 counters a request, 1,000 series", CostRows::batchSizes),
                new Row("kinds", "50 samples a request of each kind, 1,000 series", CostRows::kinds),
                new Row("connections", "5 counters a request, each on a connection of its own", CostRows::connections),
                new Row("gzip", "50 counters a request, compressed", CostRows::gzip));
    }

    private static List<Finding> fiveCounters(String row, Bench bench) {
        Workload workload = Workload.counters(FEW, 1_000);
        try (Arm ours = new Arm(bench.streamgauge(), workload).fill();
                Arm least = new Arm(new NullServer(), workload)) {
            if (!bench.takeTurns(row, ours, least)) {
                return Finding.tooBusy(row, "CPU a request");
            }
            return List.of(againstOther(
                    row, "CPU a request of 5 counters", ours.microsAPush(), least, least.microsAPush(), 3.0));
        }
    }

    private static List<Finding> againstPushgateway(String row, Bench bench, int series, double less) {
        Workload workload = Workload.counters(FEW, series);
        try (Arm ours = new Arm(bench.streamgauge(), workload).fill();
                Arm checked = new Arm(new Pushgateway(Consistency.CHECKED), workload).fill();
                Arm unchecked = new Arm(new Pushgateway(Consistency.UNCHECKED), workload).fill()) {
            if (!bench.takeTurns(row, ours, checked, unchecked)) {
                return Finding.tooBusy(row, "CPU a push");
            }
            String what = "CPU a push of 5 counters, " + series + " stored series";
            double ratio = checked.microsAPush().median() / ours.microsAPush().median();
            return List.of(
                    new Finding(
                            row,
                            what,
                            ours.microsAPush().text("µs"),
                            checked.name() + " " + checked.microsAPush().text("µs"),
                            Finding.ratio(ratio) + " times less",
                            Finding.ratio(less) + " times less",
                            TargetResult.of(ratio >= less),
                            ""),
                    againstOther(row, what, ours.microsAPush(), unchecked, unchecked.microsAPush(), 1.0));
        }
    }

    private static Finding againstOther(String row, String what, Spread ours, Arm other, Spread theirs, double most) {
        double ratio = ours.median() / theirs.median();
        return new Finding(
                row,
                what,
                ours.text("µs"),
                other.name() + " " + theirs.text("µs"),
                Finding.ratio(ratio),
                most == 1.0 ? "less" : "at most " + most + " times",
                TargetResult.of(most == 1.0 ? ratio < 1 : ratio <= most),
                "");
    }

    private static List<Finding> fifty(String row, Bench bench) {
        Workload workload = Workload.counters(50, 1_000);
        try (Arm ours = new Arm(bench.streamgauge(), workload).fill();
                Arm victoria = new Arm(bench.victoriaMetrics(), workload).fill();
                Arm popped = new Arm(new PoppedList(), workload).fill()) {
            if (!bench.takeTurns(row, ours, victoria, popped)) {
                return Finding.tooBusy(row, "CPU a sample");
            }
            Finding list = againstOther(row, "CPU a sample", ours.microsASample(), popped, popped.microsASample(), 1.0);
            return List.of(
                    atMost(row, ours, 1.6),
                    againstOther(row, "CPU a sample", ours.microsASample(), victoria, victoria.microsASample(), 1.0),
                    list.withoutTarget());
        }
    }

    private static List<Finding> aSample(String row, Bench bench, Workload workload, double most) {
        try (Arm ours = new Arm(bench.streamgauge(), workload).fill()) {
            return bench.takeTurns(row, ours) ? List.of(atMost(row, ours, most)) : Finding.tooBusy(row, "CPU a sample");
        }
    }

    private static Finding atMost(String row, Arm ours, double most) {
        Spread cost = ours.microsASample();
        return new Finding(
                row,
                "CPU a sample (" + Math.round(1e6 / cost.median()) + " samples/s a core)",
                cost.text("µs"),
                "",
                "",
                "at most " + most + " µs",
                TargetResult.of(cost.median() <= most),
                "");
    }

    private static List<Finding> storedSeries(String row, Bench bench) {
        Workload workload = Workload.counters(FEW, 1_000);
        try (Closing arms = new Closing()) {
            Arm least = arms.add(new Arm("ours, 1k stored", bench.streamgauge(), workload).fill());
            Arm more = arms.add(stored("ours, 100k stored", bench::streamgauge, workload, 100_000));
            Arm most = arms.add(stored("ours, 1M stored", bench::streamgauge, workload, 1_000_000));
            Supplier<SystemUnderTest> gateway = () -> new Pushgateway(Consistency.CHECKED);
            Arm gatewayLeast = arms.add(new Arm("pushgateway, 1k stored", gateway.get(), workload).fill());
            Arm gatewayMore = arms.add(stored("pushgateway, 10k stored", gateway, workload, 10_000));
            Arm gatewayMost = arms.add(stored("pushgateway, 100k stored", gateway, workload, 100_000));
            Arm victoriaLeast = arms.add(new Arm("victoria, 1k stored", bench.victoriaMetrics(), workload).fill());
            Arm victoriaMost = arms.add(stored("victoria, 100k stored", bench::victoriaMetrics, workload, 100_000));
            if (!bench.takeTurns(row, arms.all())) {
                return Finding.tooBusy(row, "CPU a push");
            }
            double ratio = most.microsAPush().median() / least.microsAPush().median();
            List<Finding> findings = new ArrayList<>();
            findings.add(new Finding(
                    row,
                    "CPU a push, 1M stored series against 1k",
                    most.microsAPush().text("µs"),
                    "at 1k " + least.microsAPush().text("µs"),
                    Finding.ratio(ratio),
                    "within 15 %",
                    TargetResult.of(ratio <= 1.15),
                    ""));
            Stream.of(more, gatewayLeast, gatewayMore, gatewayMost, victoriaLeast, victoriaMost)
                    .map(arm -> Finding.figure(
                            row, "CPU a push: " + arm.name(), arm.microsAPush().text("µs")))
                    .forEach(findings::add);
            bench.plot(new Plot("push-by-stored-series", "CPU a push of 5 counters", "stored series", "µs")
                    .point("streamgauge", 1_000, least.microsAPush())
                    .point("streamgauge", 100_000, more.microsAPush())
                    .point("streamgauge", 1_000_000, most.microsAPush())
                    .point("pushgateway", 1_000, gatewayLeast.microsAPush())
                    .point("pushgateway", 10_000, gatewayMore.microsAPush())
                    .point("pushgateway", 100_000, gatewayMost.microsAPush())
                    .point("victoria-metrics", 1_000, victoriaLeast.microsAPush())
                    .point("victoria-metrics", 100_000, victoriaMost.microsAPush()));
            return findings;
        }
    }

    private static Arm stored(String name, Supplier<? extends SystemUnderTest> system, Workload pushed, int stored) {
        Workload others = Workload.counters(500, stored - 1_000).named("stored");
        return new Arm(name, system.get(), pushed).store(others).fill();
    }

    private static List<Finding> pushedSeries(String row, Bench bench) {
        try (Closing arms = new Closing()) {
            for (int series : new int[] {1_000, 10_000, 100_000, 1_000_000}) {
                String name = series + " series";
                arms.add(new Arm(name, bench.streamgauge(), Workload.counters(50, series)).fill());
            }
            return bench.takeTurns(row, arms.all())
                    ? figures(row, "CPU a sample, spread over ", arms, CostRows::sample)
                    : Finding.tooBusy(row, "CPU a sample");
        }
    }

    private static List<Finding> tenants(String row, Bench bench) {
        int series = 50_000;
        try (Closing arms = new Closing()) {
            for (int tenants : new int[] {1, 100, 10_000}) {
                Workload workload = new Workload("bench", Kind.COUNTER, FEW, series, tenants, false);
                arms.add(new Arm(tenants + " tenants", bench.streamgauge(), workload).fill());
            }
            if (!bench.takeTurns(row, arms.all())) {
                return Finding.tooBusy(row, "CPU a push");
            }
            Spread one = arms.all()[0].microsAPush();
            Spread most = arms.all()[2].microsAPush();
            double ratio = most.median() / one.median();
            return List.of(
                    new Finding(
                            row,
                            "CPU a push, 10,000 tenants against 1",
                            most.text("µs"),
                            "of 1 tenant " + one.text("µs"),
                            Finding.ratio(ratio),
                            "within 50 %",
                            TargetResult.of(ratio <= 1.5),
                            ""),
                    Finding.figure(
                            row,
                            "CPU a push, 100 tenants",
                            arms.all()[1].microsAPush().text("µs")));
        }
    }

    private static List<Finding> batchSizes(String row, Bench bench) {
        int[] sizes = {1, 5, 50, 500};
        Plot plot = new Plot("sample-by-batch-size", "CPU a sample, 1,000 series", "samples a request", "µs");
        try (Closing arms = new Closing()) {
            for (SystemUnderTest system :
                    List.of(bench.streamgauge(), bench.victoriaMetrics(), new Pushgateway(Consistency.UNCHECKED))) {
                Arm first = null;
                for (int size : sizes) {
                    String name = system.name() + ", " + size;
                    Workload workload = Workload.counters(size, 1_000).named("by-" + size);
                    Arm arm = first == null
                            ? new Arm(name, system, workload)
                            : first.sibling(name, workload, Connecting.KEEP_ALIVE);
                    first = first == null ? arm : first;
                    arms.add(arm.fill());
                }
            }
            if (!bench.takeTurns(row, arms.all())) {
                return Finding.tooBusy(row, "CPU a sample");
            }
            for (Arm arm : arms.all()) {
                plot.point(arm.system().name(), arm.workload().samples(), arm.microsASample());
            }
            bench.plot(plot);
            return figures(row, "CPU a sample: ", arms, CostRows::sample);
        }
    }

    private static List<Finding> kinds(String row, Bench bench) {
        try (Closing arms = new Closing()) {
            for (Kind kind : Kind.values()) {
                Workload workload = new Workload("bench", kind, 50, 1_000, 1, false);
                arms.add(new Arm(kind.toString(), bench.streamgauge(), workload).fill());
            }
            return bench.takeTurns(row, arms.all())
                    ? figures(row, "CPU a sample: ", arms, CostRows::sample)
                    : Finding.tooBusy(row, "CPU a sample");
        }
    }

    private static List<Finding> connections(String row, Bench bench) {
        Workload kept = Workload.counters(FEW, 1_000);
        Workload each = kept.named("each");
        try (Closing arms = new Closing()) {
            for (SystemUnderTest system :
                    List.of(bench.streamgauge(), new NullServer(), new Pushgateway(Consistency.UNCHECKED))) {
                Arm first = arms.add(new Arm(system.name() + ", kept", system, kept));
                arms.add(first.sibling(system.name() + ", new", each, Connecting.EACH_REQUEST));
            }
            return bench.takeTurns(row, arms.all())
                    ? figures(row, "CPU a push, connections of ", arms, CostRows::push)
                    : Finding.tooBusy(row, "CPU a push");
        }
    }

    private static List<Finding> gzip(String row, Bench bench) {
        Workload plain = Workload.counters(50, 1_000);
        Workload compressed = new Workload("gzip", Kind.COUNTER, 50, 1_000, 1, true);
        try (Closing arms = new Closing()) {
            for (SystemUnderTest system : List.of(bench.streamgauge(), bench.victoriaMetrics())) {
                Arm first = arms.add(new Arm(system.name() + ", plain", system, plain));
                arms.add(first.sibling(system.name() + ", gzip", compressed, Connecting.KEEP_ALIVE));
            }
            return bench.takeTurns(row, arms.all())
                    ? figures(row, "CPU a sample: ", arms, CostRows::sample)
                    : Finding.tooBusy(row, "CPU a sample");
        }
    }

    private static Spread sample(Arm arm) {
        return arm.microsASample();
    }

    private static Spread push(Arm arm) {
        return arm.microsAPush();
    }

    private static List<Finding> figures(String row, String what, Closing arms, Function<Arm, Spread> cost) {
        return Stream.of(arms.all())
                .map(arm ->
                        Finding.figure(row, what + arm.name(), cost.apply(arm).text("µs")))
                .toList();
    }
}
