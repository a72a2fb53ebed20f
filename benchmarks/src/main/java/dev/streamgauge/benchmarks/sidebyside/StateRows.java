package dev.streamgauge.benchmarks.sidebyside;

import dev.streamgauge.benchmarks.processes.Commands;
import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.benchmarks.processes.CpuTime;
import dev.streamgauge.benchmarks.processes.Memory;
import dev.streamgauge.benchmarks.systems.NullServer;
import dev.streamgauge.benchmarks.systems.Pushgateway;
import dev.streamgauge.benchmarks.systems.Pushgateway.Consistency;
import dev.streamgauge.benchmarks.systems.Streamgauge;
import dev.streamgauge.benchmarks.systems.SystemUnderTest;
import dev.streamgauge.benchmarks.systems.Workload;
import dev.streamgauge.testkit.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Memory, backlog, start-up, and what Redis alone can do. */
final class StateRows {

    private static final String AGGREGATOR = "aggregator";
    private static final double MOST_SERIES_BYTES = 160;
    private static final double MOST_BACKLOG_BYTES = 60;
    private static final int BACKLOG_SAMPLES = 1_000_000;
    private static final int BATCH = 50;
    private static final long MIB = 1 << 20;

    private StateRows() {}

    static List<Row> rows() {
        return List.of(
                new Row("redis-memory", "what Redis holds for a series and a sample that waits", StateRows::memory),
                new Row("recovery", "a backlog of a million samples", StateRows::recovery),
                new Row("start-up", "until ready, and resident memory with 100,000 series", StateRows::startUp),
                new Row("redis-xadd", "Redis alone, with redis-benchmark", StateRows::xadd));
    }

    private static List<Finding> memory(String row, Bench bench) {
        Streamgauge system = bench.streamgauge();
        int series = 100_000;
        int pushes = 2_000;
        double seriesBytes;
        double backlogBytes;
        try (Arm ours = new Arm(system, Workload.counters(BATCH, series))) {
            double empty = usedMemory(system);
            ours.fill();
            double stored = usedMemory(system);
            seriesBytes = (stored - empty) / series;
            system.stopRole(AGGREGATOR);
            double before = usedMemory(system);
            ours.sendOnly(pushes);
            backlogBytes = (usedMemory(system) - before) / (pushes * BATCH);
            system.startRole(AGGREGATOR);
            ours.check();
        }
        return List.of(
                bytes(row, "Redis' memory of a counter series with 3 labels", seriesBytes, MOST_SERIES_BYTES),
                bytes(row, "Redis' memory of a backlog sample in batches of 50", backlogBytes, MOST_BACKLOG_BYTES));
    }

    private static Finding bytes(String row, String what, double bytes, double most) {
        return new Finding(
                row,
                what,
                Spread.number(bytes) + " bytes",
                "",
                "",
                String.format(Locale.ROOT, "at most %.0f bytes", most),
                TargetResult.of(bytes <= most),
                "");
    }

    private static double usedMemory(Streamgauge system) {
        return String.valueOf(system.redis().command("INFO", "memory"))
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static List<Finding> recovery(String row, Bench bench) {
        Streamgauge system = bench.streamgauge();
        try (Arm ours = new Arm(system, Workload.counters(BATCH, 1_000)).fill()) {
            ours.warmUp(bench.options().warmUp());
            system.stopRole(AGGREGATOR);
            long pushes = BACKLOG_SAMPLES / BATCH;
            long start = System.nanoTime();
            ours.sendOnly(pushes);
            double ingestSeconds = (System.nanoTime() - start) / 1e9;
            long entries = system.backlog();
            Duration startUp = system.startRole(AGGREGATOR);
            long ready = System.nanoTime();
            long left = system.backlog();
            ours.settle();
            double foldSeconds = (System.nanoTime() - ready) / 1e9;
            ours.check();
            // What was folded before it was ready took part of its start.
            double folded = (double) left / entries * BACKLOG_SAMPLES;
            double rate = folded / foldSeconds;
            double ingestRate = BACKLOG_SAMPLES / ingestSeconds;
            bench.out()
                    .printf(
                            Locale.ROOT,
                            "%d entries in %.2f s; aggregator ready after %.2f s with %d left, folded after %.2f s more%n",
                            entries,
                            ingestSeconds,
                            startUp.toNanos() / 1e9,
                            left,
                            foldSeconds);
            return List.of(new Finding(
                    row,
                    "folding a backlog of a million samples, by an aggregator that has just started",
                    Math.round(rate) + " samples/s",
                    "ingest alone " + Math.round(ingestRate) + " samples/s",
                    Finding.ratio(rate / ingestRate),
                    "at least 0.5",
                    TargetResult.of(rate >= ingestRate / 2),
                    ""));
        }
    }

    private static List<Finding> startUp(String row, Bench bench) {
        List<Finding> findings = new ArrayList<>();
        Workload workload = Workload.counters(500, 100_000);
        Streamgauge system = bench.streamgauge();
        system.startUps()
                .forEach((role, took) ->
                        findings.add(Finding.figure(row, "start of " + role + " until ready", seconds(took))));
        findings.add(resident(row, new Arm(system, workload)));
        for (Supplier<SystemUnderTest> other : List.<Supplier<SystemUnderTest>>of(
                () -> new Pushgateway(Consistency.UNCHECKED), bench::victoriaMetrics, NullServer::new)) {
            long start = System.nanoTime();
            SystemUnderTest started = other.get();
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            findings.add(new Finding(
                    row,
                    "start until ready",
                    "",
                    started.name() + " " + seconds(took),
                    "",
                    "",
                    TargetResult.NO_TARGET,
                    ""));
            Finding memory = resident(row, new Arm(started, workload));
            findings.add(new Finding(
                    row, memory.what(), "", started.name() + " " + memory.ours(), "", "", TargetResult.NO_TARGET, ""));
        }
        return findings;
    }

    private static String seconds(Duration took) {
        return String.format(Locale.ROOT, "%.2f s", took.toNanos() / 1e9);
    }

    private static Finding resident(String row, Arm filled) {
        try (Arm arm = filled) {
            arm.fill().fill().check();
            StringBuilder each = new StringBuilder();
            long all = 0;
            for (var process : arm.system().processes().entrySet()) {
                long resident = Memory.resident(process.getValue());
                all += resident;
                each.append(each.isEmpty() ? "" : ", ")
                        .append(process.getKey())
                        .append(' ')
                        .append(resident / MIB);
            }
            return Finding.figure(row, "resident memory, 100,000 series", all / MIB + " MiB (" + each + ")");
        }
    }

    private static List<Finding> xadd(String row, Bench bench) {
        try (RedisServer redis = RedisServer.builder()
                .directory(bench.newDirectory())
                .commandPrefix(Cores.measured())
                .directives("maxmemory 8gb")
                .build()
                .start()) {
            int calls = 200_000;
            Duration before = CpuTime.ofTree(redis.pid());
            benchmark(bench, redis.port(), calls);
            double micros = CpuTime.ofTree(redis.pid()).minus(before).toNanos() / 1e3 / calls;
            long entries = Long.parseLong(String.valueOf(redis.command("XLEN", "stream")));
            if (entries != calls) {
                throw new WrongAnswerException(entries + " entries instead of " + calls);
            }
            return List.of(new Finding(
                    row,
                    "CPU of Redis alone for an XADD of 1,000 bytes, 64 connections, appendfsync always",
                    "",
                    Spread.number(micros) + " µs",
                    "",
                    "",
                    TargetResult.NO_TARGET,
                    ""));
        }
    }

    private static void benchmark(Bench bench, int port, int calls) {
        List<String> command = List.of(
                "redis-benchmark",
                "-p",
                Integer.toString(port),
                "-c",
                "64",
                "-n",
                Integer.toString(calls),
                "-q",
                "XADD",
                "stream",
                "*",
                "p",
                "x".repeat(1_000));
        bench.out().println(Commands.run(command).strip().lines().reduce("", (first, second) -> second));
    }
}
