package dev.streamgauge.benchmarks.isolation;

import com.sun.management.OperatingSystemMXBean;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a tenant at ten times its rate does to the accept latency of tenants within theirs.
 *
 * <p>Rounds without and with the noisy tenant alternate in the order ABBA, so that a machine that slows down or warms
 * up favors neither. A round during which other programs used the machine is not counted. Run by {@code make
 * bench-isolation}; it takes about three minutes at most.
 */
public final class IsolationBenchmark {

    /** How much the noisy tenant may cost the others. */
    private static final double MOST = 2;

    /** How many cores other programs may use during a round that counts. */
    private static final double MAX_OTHER_CORES = 0.3;

    /** Rounds that may be repeated because the machine was busy. */
    private static final int SPARE_ROUNDS = 4;

    /** Fewer rounds of a kind say nothing. */
    private static final int LEAST_ROUNDS = 2;

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int QUIET_CONNECTIONS = 2;
    private static final int NOISY_CONNECTIONS = 8;

    private final OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final Settings settings;
    private final PrintStream out;
    private final Arm without = new Arm();
    private final Arm with = new Arm();

    private IsolationBenchmark(Settings settings, PrintStream out) {
        this.settings = settings;
        this.out = out;
    }

    /**
     * Measures and prints; exits with 1 if the quiet tenants were slowed down too much, or nothing could be measured.
     */
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (!new IsolationBenchmark(Settings.fromProperties(), out).run()) {
            System.exit(1);
        }
    }

    /** The rounds of one kind. */
    private static final class Arm {
        private final Answers quiet = new Answers();
        private final Answers noisy = new Answers();
        private final List<Double> p99Millis = new ArrayList<>();
        private final Map<String, Duration> cpu = new LinkedHashMap<>();
    }

    private boolean run() throws Exception {
        List<String> names = IntStream.range(0, settings.quietTenants())
                .mapToObj(i -> "quiet-" + i)
                .toList();
        try (Processes processes = new Processes(settings);
                OpenLoop quiet = new OpenLoop(
                        names,
                        processes.ingestPorts(),
                        settings.quietRate(),
                        settings.quietSamples(),
                        QUIET_CONNECTIONS);
                OpenLoop noisy = new OpenLoop(
                        List.of("noisy"),
                        processes.ingestPorts(),
                        settings.noisyRate(),
                        settings.noisySamples(),
                        NOISY_CONNECTIONS)) {
            printConditions(processes);
            warmUp(quiet, noisy);
            out.println("round         quiet p50 ms  p99 ms  max ms  rejected   noisy 202   429  other  others' cores");
            int most = 2 * settings.rounds() + SPARE_ROUNDS;
            for (int round = 0; round < most && !isEnough(without, with); round++) {
                // ABBA ABBA …
                Arm arm = round % 4 == 0 || round % 4 == 3 ? without : with;
                measure(arm, processes, quiet, noisy);
            }
        }
        return printResult();
    }

    private void printConditions(Processes processes) {
        out.printf(
                Locale.ROOT,
                """
                %d tenants of %d pushes/s with %d samples; one of %.0f pushes/s with %d samples. Limit: %d samples/s each.
                %d processors, %s %s, Redis %s, appendfsync always
                %n""",
                settings.quietTenants(),
                settings.quietRate(),
                settings.quietSamples(),
                settings.noisyRate(),
                settings.noisySamples(),
                settings.rateLimit(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.vm.name"),
                Runtime.version(),
                processes.redisVersion());
    }

    private void warmUp(OpenLoop quiet, OpenLoop noisy) throws Exception {
        long start = System.nanoTime();
        long end = start + settings.warmUp().toNanos();
        Future<Answers> both = noisy.start(start, end);
        quiet.run(start, end);
        both.get();
    }

    private void measure(Arm arm, Processes processes, OpenLoop quiet, OpenLoop noisy) throws Exception {
        pause();
        Map<String, Duration> before = processes.cpu();
        machine.getCpuLoad(); // the next one counts from here
        long start = System.nanoTime();
        long end = start + settings.round().toNanos();
        Future<Answers> ofNoisy = noisy.start(start, arm == with ? end : start);
        Answers ofQuiet = quiet.run(start, end);
        Answers answersOfNoisy = ofNoisy.get();
        double busyCores = machine.getCpuLoad() * machine.getAvailableProcessors();
        double seconds = (System.nanoTime() - start) / 1e9;
        Map<String, Duration> used = new LinkedHashMap<>();
        processes.cpu().forEach((name, after) -> used.put(name, after.minus(before.getOrDefault(name, after))));
        double ownCores = used.values().stream().mapToLong(Duration::toMillis).sum() / 1000.0 / seconds;
        double otherCores = Math.max(0, busyCores - ownCores);
        boolean isCounted = otherCores <= MAX_OTHER_CORES;
        if (isCounted) {
            arm.quiet.addAll(ofQuiet);
            arm.noisy.addAll(answersOfNoisy);
            arm.p99Millis.add(ofQuiet.acceptedMillis(990));
            used.forEach((name, cpu) -> arm.cpu.merge(name, cpu, Duration::plus));
        }
        Map<Integer, Long> statuses = answersOfNoisy.byStatus();
        long accepted = statuses.getOrDefault(202, 0L);
        long limited = statuses.getOrDefault(429, 0L);
        out.printf(
                Locale.ROOT,
                "%-13s %12.2f %7.2f %7.2f %8d %11d %5d %6d %14.2f%s%n",
                arm == with ? "with noisy" : "without",
                ofQuiet.acceptedMillis(500),
                ofQuiet.acceptedMillis(990),
                ofQuiet.acceptedMillis(1000),
                ofQuiet.rejected(),
                accepted,
                limited,
                answersOfNoisy.count() - accepted - limited,
                otherCores,
                isCounted ? "" : " not counted: the machine was busy");
    }

    private static void pause() {
        long end = System.nanoTime() + PAUSE.toNanos();
        for (long left = PAUSE.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private boolean isEnough(Arm... arms) {
        return Stream.of(arms).allMatch(arm -> arm.p99Millis.size() >= settings.rounds());
    }

    private boolean printResult() {
        out.println();
        if (Math.min(without.p99Millis.size(), with.p99Millis.size()) < LEAST_ROUNDS) {
            out.println("NOT MEASURED: other programs used the machine; run it again when nothing else runs");
            return false;
        }
        print("without", without);
        print("with noisy", with);
        double ratio = with.quiet.acceptedMillis(990) / without.quiet.acceptedMillis(990);
        double ofMedians = median(with.p99Millis) / median(without.p99Millis);
        long rejected = with.quiet.rejected() + without.quiet.rejected();
        boolean isKept = ratio < MOST && rejected == 0;
        out.printf(
                Locale.ROOT,
                "%np99 with / without: %.2f over all pushes, %.2f between the rounds' medians; quiet pushes rejected: %d%n",
                ratio,
                ofMedians,
                rejected);
        out.printf(
                Locale.ROOT,
                "%s: p99 with the noisy tenant under %.0f times that without, and no quiet push rejected%n",
                isKept ? "HOLDS" : "DOES NOT HOLD",
                MOST);
        return isKept;
    }

    private void print(String name, Arm arm) {
        double seconds = settings.round().toMillis() / 1000.0 * arm.p99Millis.size();
        StringBuilder cpu = new StringBuilder();
        arm.cpu.forEach((process, used) ->
                cpu.append(String.format(Locale.ROOT, " %s %.2f", process, used.toMillis() / 1000.0 / seconds)));
        out.printf(
                Locale.ROOT,
                "%-11s quiet: %d pushes, p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms; noisy: %s; cores:%s%n",
                name,
                arm.quiet.count(),
                arm.quiet.acceptedMillis(500),
                arm.quiet.acceptedMillis(990),
                arm.quiet.acceptedMillis(999),
                arm.noisy.byStatus(),
                cpu);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
