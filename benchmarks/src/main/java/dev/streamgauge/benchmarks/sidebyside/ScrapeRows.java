package dev.streamgauge.benchmarks.sidebyside;

import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.benchmarks.processes.Memory;
import dev.streamgauge.benchmarks.systems.Pushgateway;
import dev.streamgauge.benchmarks.systems.Pushgateway.Consistency;
import dev.streamgauge.benchmarks.systems.Scrape;
import dev.streamgauge.benchmarks.systems.Streamgauge;
import dev.streamgauge.benchmarks.systems.SystemUnderTest;
import dev.streamgauge.benchmarks.systems.Workload;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a scrape costs. Before each, a hundredth of the series is pushed again, so that no two scrapes are the same. */
final class ScrapeRows {

    /** As large as a request gets by default is 10,000; a pushgateway looks at all it has at each. */
    private static final int BATCH = 500;

    private static final long MIB = 1 << 20;
    private static final int MOST_MIB = 64;
    private static final int MOST_CALL_MILLIS = 5;

    private ScrapeRows() {}

    static List<Row> rows() {
        return List.of(
                new Row(
                        "scrape-10k",
                        "scrape of 10,000 series, against pushgateway",
                        (row, bench) -> scrape(row, bench, 10_000, 100)),
                new Row(
                        "scrape-100k",
                        "scrape of 100,000 series, against pushgateway",
                        (row, bench) -> scrape(row, bench, 100_000, 20)),
                new Row("scrape-1m", "scrape of 1,000,000 series", ScrapeRows::million));
    }

    /** Mean CPU of a scrape, with 10 ms ticks: so many of them that the error is small. */
    private static double millis(Bench bench, Arm arm, URI address, String encoding, int scrapes) {
        Duration used = Duration.ZERO;
        long bytes = 0;
        try (Scrape scrape = new Scrape()) {
            for (int i = 0; i < scrapes; i++) {
                pushAHundredth(arm);
                Duration before = total(arm);
                bytes = scrape.bytes(address, arm.workload().tenant(0), encoding);
                used = used.plus(total(arm).minus(before));
            }
        }
        double millis = used.toNanos() / 1e6 / scrapes;
        bench.out().printf(Locale.ROOT, "%-22s %-8s %10.2f ms CPU, %d bytes%n", arm.name(), encoding, millis, bytes);
        return millis;
    }

    private static void pushAHundredth(Arm arm) {
        arm.push(Math.max(1, arm.workload().groups() / 100));
    }

    private static Duration total(Arm arm) {
        return arm.cpu().values().stream().reduce(Duration.ZERO, Duration::plus);
    }

    private static List<Finding> scrape(String row, Bench bench, int series, int scrapes) {
        Workload workload = Workload.counters(BATCH, series);
        Streamgauge system = bench.streamgauge();
        Pushgateway gateway = new Pushgateway(Consistency.UNCHECKED);
        try (Arm ours = new Arm(system, workload).fill();
                Arm theirs = new Arm(gateway, workload).fill()) {
            List<Double> plain = new ArrayList<>();
            List<Double> gzip = new ArrayList<>();
            List<Double> plainOfTheirs = new ArrayList<>();
            List<Double> gzipOfTheirs = new ArrayList<>();
            // The first turn warms up.
            for (int turn = 0; turn <= bench.options().rounds(); turn++) {
                plain.add(millis(bench, ours, system.scrapeAddress(), "identity", scrapes));
                plainOfTheirs.add(millis(bench, theirs, gateway.scrapeAddress(), "identity", scrapes));
                gzipOfTheirs.add(millis(bench, theirs, gateway.scrapeAddress(), "gzip", scrapes));
                gzip.add(millis(bench, ours, system.scrapeAddress(), "gzip", scrapes));
            }
            ours.check();
            theirs.check();
            Spread oursPlain = afterFirst(plain);
            Spread oursGzip = afterFirst(gzip);
            Spread theirsPlain = afterFirst(plainOfTheirs);
            double ratio = oursPlain.median() / theirsPlain.median();
            double gzipRatio = oursGzip.median() / oursPlain.median();
            boolean hasTarget = series == 100_000;
            return List.of(
                    new Finding(
                            row,
                            "CPU of a plain scrape",
                            oursPlain.text("ms"),
                            "pushgateway " + theirsPlain.text("ms"),
                            Finding.ratio(ratio),
                            hasTarget ? "at most 0.5 times" : "",
                            hasTarget ? Verdict.of(ratio <= 0.5) : Verdict.NO_TARGET,
                            ""),
                    new Finding(
                            row,
                            "CPU of a gzip scrape",
                            oursGzip.text("ms"),
                            "pushgateway " + afterFirst(gzipOfTheirs).text("ms"),
                            Finding.ratio(gzipRatio) + " times plain",
                            hasTarget ? "at most twice plain" : "",
                            hasTarget ? Verdict.of(gzipRatio <= 2) : Verdict.NO_TARGET,
                            ""));
        }
    }

    private static Spread afterFirst(List<Double> values) {
        return Spread.of(values.subList(1, values.size()));
    }

    private static List<Finding> million(String row, Bench bench) {
        Workload workload = Workload.counters(BATCH, 1_000_000);
        Streamgauge system = bench.streamgauge();
        try (Arm ours = new Arm(system, workload).fill();
                Scrape scrape = new Scrape()) {
            long query = pid(system, "query-api");
            // Its code is warm, and its heap as small as it was with a tenant of few series.
            scrape.bytes(system.scrapeAddress(), "nobody", "identity");
            pushAHundredth(ours);
            long before = Memory.resident(query);
            Memory.forgetPeak(query);
            // On more than the one core, as it must not wait for query-api in the middle of a call: its slow log counts
            // that.
            Cores.share(pid(system, "redis"));
            system.redis()
                    .command("CONFIG", "SET", "slowlog-log-slower-than", Integer.toString(MOST_CALL_MILLIS * 1000));
            system.redis().command("SLOWLOG", "RESET");
            scrape.bytes(system.scrapeAddress(), workload.tenant(0), "identity");
            long slow = Long.parseLong(String.valueOf(system.redis().command("SLOWLOG", "LEN")));
            double grown = (Memory.peak(query) - before) / (double) MIB;
            bench.out().println("slow calls: " + system.redis().command("SLOWLOG", "GET", "3"));
            Cores.pin(pid(system, "redis"));
            List<Double> plain = new ArrayList<>();
            List<Double> gzip = new ArrayList<>();
            for (int turn = 0; turn <= bench.options().rounds(); turn++) {
                plain.add(millis(bench, ours, system.scrapeAddress(), "identity", 1));
                gzip.add(millis(bench, ours, system.scrapeAddress(), "gzip", 1));
            }
            ours.check();
            return List.of(
                    new Finding(
                            row,
                            "memory that query-api grows by in its first scrape",
                            Spread.number(grown) + " MiB",
                            "",
                            "",
                            "less than 64 MiB",
                            Verdict.of(grown < MOST_MIB),
                            "the heap's growth by garbage is in it"),
                    new Finding(
                            row,
                            "Redis calls over 5 ms in a scrape",
                            Long.toString(slow),
                            "",
                            "",
                            "none",
                            Verdict.of(slow == 0),
                            ""),
                    Finding.figure(
                            row, "CPU of a plain scrape", afterFirst(plain).text("ms")),
                    Finding.figure(row, "CPU of a gzip scrape", afterFirst(gzip).text("ms")));
        }
    }

    private static long pid(SystemUnderTest system, String process) {
        Long pid = system.processes().get(process);
        if (pid == null) {
            throw new IllegalStateException(process + " does not run");
        }
        return pid;
    }
}
