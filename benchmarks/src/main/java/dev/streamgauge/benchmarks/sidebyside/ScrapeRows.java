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
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/** What a scrape costs. Before each, a hundredth of the series is pushed again, so that no two scrapes are the same. */
final class ScrapeRows {

    /** Below the default limit of 10,000, since a pushgateway checks all its series at each push. */
    private static final int BATCH = 500;

    private static final long MIB = 1 << 20;
    private static final int MOST_MIB = 64;
    private static final int MOST_CALL_MILLIS = 5;

    /** Before the first turn that counts. */
    private static final int WARM_UP_TURNS = 3;

    private static final int SLOW_LOG_SCRAPES = 3;

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
        Map<String, Duration> used = new TreeMap<>();
        long bytes = 0;
        try (Scrape scrape = new Scrape()) {
            for (int i = 0; i < scrapes; i++) {
                pushAHundredth(arm);
                Map<String, Duration> before = arm.cpu();
                bytes = scrape.bytes(address, arm.workload().tenant(0), encoding);
                arm.cpu()
                        .forEach((process, after) ->
                                used.merge(process, after.minus(before.getOrDefault(process, after)), Duration::plus));
            }
        }
        double millis = 0;
        StringJoiner processes = new StringJoiner(" ");
        for (Map.Entry<String, Duration> process : used.entrySet()) {
            double part = process.getValue().toNanos() / 1e6 / scrapes;
            millis += part;
            processes.add(process.getKey() + " " + Spread.number(part));
        }
        bench.out()
                .printf(
                        Locale.ROOT,
                        "%-22s %-8s %10.2f ms CPU (%s), %d bytes%n",
                        arm.name(),
                        encoding,
                        millis,
                        processes,
                        bytes);
        return millis;
    }

    private static void pushAHundredth(Arm arm) {
        arm.push(Math.max(1, arm.workload().groups() / 100));
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
            for (int turn = 0; turn < WARM_UP_TURNS + bench.options().rounds(); turn++) {
                plain.add(millis(bench, ours, system.scrapeAddress(), "identity", scrapes));
                plainOfTheirs.add(millis(bench, theirs, gateway.scrapeAddress(), "identity", scrapes));
                gzipOfTheirs.add(millis(bench, theirs, gateway.scrapeAddress(), "gzip", scrapes));
                gzip.add(millis(bench, ours, system.scrapeAddress(), "gzip", scrapes));
            }
            ours.check();
            theirs.check();
            Spread oursPlain = afterWarmUp(plain);
            Spread oursGzip = afterWarmUp(gzip);
            Spread theirsPlain = afterWarmUp(plainOfTheirs);
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
                            hasTarget ? TargetResult.of(ratio <= 0.5) : TargetResult.NO_TARGET,
                            ""),
                    new Finding(
                            row,
                            "CPU of a gzip scrape",
                            oursGzip.text("ms"),
                            "pushgateway " + afterWarmUp(gzipOfTheirs).text("ms"),
                            Finding.ratio(gzipRatio) + " times plain",
                            hasTarget ? "at most twice plain" : "",
                            hasTarget ? TargetResult.of(gzipRatio <= 2) : TargetResult.NO_TARGET,
                            ""));
        }
    }

    private static Spread afterWarmUp(List<Double> values) {
        return Spread.of(values.subList(WARM_UP_TURNS, values.size()));
    }

    private static List<Finding> million(String row, Bench bench) {
        Workload workload = Workload.counters(BATCH, 1_000_000);
        Streamgauge system = bench.streamgauge();
        try (Arm ours = new Arm(system, workload).fill();
                Scrape scrape = new Scrape()) {
            long query = pid(system, "query-api");
            // Its code is warm, and its heap as small as it was with a tenant of few series.
            scrape.bytes(system.scrapeAddress(), "unused", "identity");
            pushAHundredth(ours);
            long before = Memory.resident(query);
            Memory.forgetPeak(query);
            // Redis gets a second core, since its slow log would count the time that a call waits for query-api to
            // leave
            // the first one. It may still wait for other processes, so the scrape with the fewest slow calls counts.
            Cores.share(pid(system, "redis"));
            system.redis()
                    .command("CONFIG", "SET", "slowlog-log-slower-than", Integer.toString(MOST_CALL_MILLIS * 1000));
            long slow = slowCalls(bench, system, scrape, workload.tenant(0));
            double grown = (Memory.peak(query) - before) / (double) MIB;
            for (int i = 1; i < SLOW_LOG_SCRAPES && slow > 0; i++) {
                slow = Math.min(slow, slowCalls(bench, system, scrape, workload.tenant(0)));
            }
            Cores.pin(pid(system, "redis"));
            List<Double> plain = new ArrayList<>();
            List<Double> gzip = new ArrayList<>();
            for (int turn = 0; turn < WARM_UP_TURNS + bench.options().rounds(); turn++) {
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
                            TargetResult.of(grown < MOST_MIB),
                            "the heap's growth by garbage is in it"),
                    new Finding(
                            row,
                            "Redis calls over 5 ms in a scrape",
                            Long.toString(slow),
                            "",
                            "",
                            "none",
                            TargetResult.of(slow == 0),
                            ""),
                    Finding.figure(
                            row, "CPU of a plain scrape", afterWarmUp(plain).text("ms")),
                    Finding.figure(
                            row, "CPU of a gzip scrape", afterWarmUp(gzip).text("ms")));
        }
    }

    /** Calls over the limit in one scrape. */
    private static long slowCalls(Bench bench, Streamgauge system, Scrape scrape, String tenant) {
        system.redis().command("SLOWLOG", "RESET");
        scrape.bytes(system.scrapeAddress(), tenant, "identity");
        long slow = Long.parseLong(String.valueOf(system.redis().command("SLOWLOG", "LEN")));
        bench.out().println("slow calls: " + slow + " " + system.redis().command("SLOWLOG", "GET", "3"));
        return slow;
    }

    private static long pid(SystemUnderTest system, String process) {
        Long pid = system.processes().get(process);
        if (pid == null) {
            throw new IllegalStateException(process + " does not run");
        }
        return pid;
    }
}
