package dev.streamgauge.benchmarks.isolation;

import com.sun.management.OperatingSystemMXBean;
import dev.streamgauge.benchmarks.load.Latencies;
import dev.streamgauge.benchmarks.systems.FreshnessProbe;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** One load of the noisy tenant: rounds with it and without it, on processes of their own. */
final class Comparison implements AutoCloseable {

    /** How many cores other programs may use during a round that counts. */
    private static final double MAX_OTHER_CORES = 0.3;

    /** How long the disk may take for an fsync during a round that counts, in milliseconds. */
    private static final double MOST_MILLIS_OF_DISK = 50;

    /** Rounds that may be repeated because the machine was busy, or its disk. */
    private static final int SPARE_ROUNDS = 12;

    /** Fewer rounds of a kind say nothing. */
    private static final int LEAST_ROUNDS = 2;

    /** What every quiet sample is shown within. */
    private static final double MOST_MILLIS_UNTIL_SHOWN = 5_000;

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration BETWEEN_SCRAPES = Duration.ofMillis(20);
    private static final Duration BETWEEN_PROBES = Duration.ofMillis(200);
    private static final int QUIET_CONNECTIONS = 2;

    private final OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final NoisyLoad load;
    private final Settings settings;
    private final PrintStream out;
    private final Processes processes;
    private final OpenLoop quiet;
    private final OpenLoop noisy;
    private final Rounds without = new Rounds();
    private final Rounds with = new Rounds();

    Comparison(NoisyLoad load, Settings settings, PrintStream out) {
        this.load = load;
        this.settings = settings;
        this.out = out;
        this.processes = new Processes(load.rateLimit());
        List<Supplier<byte[]>> ofQuiet = IntStream.range(0, settings.quietTenants())
                .mapToObj(i -> Requests.counters("quiet-" + i, settings.quietSamples()))
                .toList();
        this.quiet = new OpenLoop(
                ofQuiet, processes.ingestPorts(), settings.quietRate(), QUIET_CONNECTIONS, OpenLoop.Late.SENT);
        List<Integer> ports = switch (load.target()) {
            case INGEST -> processes.ingestPorts();
            case QUERY -> List.of(processes.queryPort());
        };
        this.noisy = new OpenLoop(
                List.of(load.requests()), ports, load.requestsASecond(), load.connections(), OpenLoop.Late.DROPPED);
    }

    /** Measures and prints; whether the noisy tenant cost the others no more than it may. */
    boolean run() throws Exception {
        out.printf(
                Locale.ROOT,
                "%n%s: %s. Limit: %d samples/s of each tenant. Redis %s%n",
                load.id(),
                load.description(),
                load.rateLimit(),
                processes.redisVersion());
        storeSeries();
        long start = System.nanoTime();
        runBoth(start, start + settings.warmUp().toNanos(), true);
        out.println("round       quiet p50 ms  p99 ms  max ms  rejected  shown ms  others' cores  disk ms  noisy");
        int most = 2 * settings.rounds() + SPARE_ROUNDS;
        for (int round = 0; round < most && Math.min(without.count(), with.count()) < settings.rounds(); round++) {
            // ABBA ABBA …
            measure(round % 4 == 0 || round % 4 == 3 ? without : with);
        }
        return printResult();
    }

    private void storeSeries() throws IOException {
        Supplier<byte[]> pushes = Requests.newSeries(NoisyLoad.TENANT, NoisyLoad.SERIES_OF_A_PUSH);
        try (HttpConnection connection =
                new HttpConnection(processes.ingestPorts().getFirst())) {
            for (int stored = 0; stored < load.storedSeries(); stored += NoisyLoad.SERIES_OF_A_PUSH) {
                int status = connection.exchange(pushes.get());
                if (status != 202) {
                    throw new IllegalStateException("storing the series was answered " + status);
                }
            }
        }
    }

    private Round runBoth(long startNanos, long endNanos, boolean isNoisy) throws Exception {
        URI exposition = URI.create("http://127.0.0.1:" + processes.queryPort() + "/metrics");
        try (DiskProbe disk = new DiskProbe(processes.redisDirectory());
                FreshnessProbe probe = new FreshnessProbe(
                        processes.ingestPorts().getFirst(), exposition, BETWEEN_SCRAPES, BETWEEN_PROBES)) {
            Future<Answers> ofNoisy = noisy.start(startNanos, isNoisy ? endNanos : startNanos);
            Answers ofQuiet = quiet.run(startNanos, endNanos);
            return new Round(ofQuiet, ofNoisy.get(), probe.stop(), disk.stop());
        }
    }

    private void measure(Rounds kind) throws Exception {
        pause();
        Map<String, Duration> before = processes.cpu();
        machine.getCpuLoad(); // the next one counts from here
        long start = System.nanoTime();
        Round round = runBoth(start, start + settings.round().toNanos(), kind == with);
        double busyCores = machine.getCpuLoad() * machine.getAvailableProcessors();
        double seconds = (System.nanoTime() - start) / 1e9;
        Map<String, Duration> used = new LinkedHashMap<>();
        processes.cpu().forEach((name, after) -> used.put(name, after.minus(before.getOrDefault(name, after))));
        double ownCores = used.values().stream().mapToLong(Duration::toMillis).sum() / 1000.0 / seconds;
        double otherCores = Math.max(0, busyCores - ownCores);
        double diskMillis = round.disk.toNanos() / 1e6;
        boolean isCounted = otherCores <= MAX_OTHER_CORES && diskMillis <= MOST_MILLIS_OF_DISK;
        if (isCounted) {
            kind.add(round.quiet, round.noisy, round.untilShown, used);
        }
        out.printf(
                Locale.ROOT,
                "%-11s %12.2f %7.2f %7.2f %9d %9.0f %14.2f %8.1f  %s%s%n",
                kind == with ? "with noisy" : "without",
                round.quiet.acceptedMillis(500),
                round.quiet.acceptedMillis(990),
                round.quiet.acceptedMillis(1000),
                round.quiet.rejected(),
                round.untilShown.millis(1000),
                otherCores,
                diskMillis,
                round.noisy.byStatus(),
                isCounted ? "" : " not counted: the machine or its disk was busy");
    }

    private static void pause() {
        long end = System.nanoTime() + PAUSE.toNanos();
        for (long left = PAUSE.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private boolean printResult() {
        if (Math.min(without.count(), with.count()) < LEAST_ROUNDS) {
            out.println(
                    "NOT MEASURED: other programs used the machine, or its disk stalled; run it again when nothing else runs");
            return false;
        }
        print("without", without);
        print("with noisy", with);
        double ratio = with.quiet().acceptedMillis(990) / without.quiet().acceptedMillis(990);
        long rejected = with.quiet().rejected() + without.quiet().rejected();
        boolean isKept =
                ratio <= load.mostTimes() && rejected == 0 && with.untilShown().millis(1000) <= MOST_MILLIS_UNTIL_SHOWN;
        out.printf(
                Locale.ROOT,
                "%s %s: p99 %.2f times (at most %.0f), %.2f between the rounds' medians; quiet pushes rejected: %d;"
                        + " shown within %.0f ms (at most %.0f)%n",
                isKept ? "HOLDS" : "DOES NOT HOLD",
                load.id(),
                ratio,
                load.mostTimes(),
                with.medianP99Millis() / without.medianP99Millis(),
                rejected,
                with.untilShown().millis(1000),
                MOST_MILLIS_UNTIL_SHOWN);
        return isKept;
    }

    private void print(String name, Rounds rounds) {
        double seconds = settings.round().toMillis() / 1000.0 * rounds.count();
        StringBuilder cpu = new StringBuilder();
        rounds.cpu()
                .forEach((process, used) -> cpu.append(
                        String.format(Locale.ROOT, " %s %.2f", process, used.toMillis() / 1000.0 / seconds)));
        out.printf(
                Locale.ROOT,
                "%-11s quiet: %d pushes, p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms; shown: p50 %.0f ms, p99 %.0f ms;"
                        + " noisy: %s; cores:%s%n",
                name,
                rounds.quiet().count(),
                rounds.quiet().acceptedMillis(500),
                rounds.quiet().acceptedMillis(990),
                rounds.quiet().acceptedMillis(999),
                rounds.untilShown().millis(500),
                rounds.untilShown().millis(990),
                rounds.noisy().byStatus(),
                cpu);
    }

    @Override
    public void close() throws IOException {
        noisy.close();
        quiet.close();
        processes.close();
    }

    private record Round(Answers quiet, Answers noisy, Latencies untilShown, Duration disk) {}
}
