package dev.streamgauge.benchmarks.sidebyside;

import dev.streamgauge.benchmarks.load.Generator;
import dev.streamgauge.benchmarks.load.Load;
import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.benchmarks.processes.CpuTime;
import dev.streamgauge.benchmarks.systems.SystemUnderTest;
import dev.streamgauge.benchmarks.systems.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** One system with one workload, and the rounds it had. */
final class Arm implements AutoCloseable {

    private static final Duration SETTLE_DEADLINE = Duration.ofMinutes(3);
    static final int CONNECTIONS = 64;
    private static final Duration WARM_UP_ROUND = Duration.ofSeconds(3);

    /** A push that costs more than this part of the cheapest before has not become cheaper. */
    private static final double STEADY = 0.97;

    private static final int STEADY_ROUNDS = 2;

    private final String name;
    private final SystemUnderTest system;
    private final Workload workload;
    private final Generator generator;

    /** All that push to the system, those of its other arms too. */
    private final List<Generator> all;

    private final boolean isFirst;
    private final List<Round> counted = new ArrayList<>();

    Arm(SystemUnderTest system, Workload workload) {
        this(system.name(), system, workload);
    }

    Arm(String name, SystemUnderTest system, Workload workload) {
        this(name, system, workload, Generator.Connecting.KEEP_ALIVE, new ArrayList<>());
    }

    private Arm(
            String name,
            SystemUnderTest system,
            Workload workload,
            Generator.Connecting connecting,
            List<Generator> all) {
        this.name = name;
        this.system = system;
        this.workload = workload;
        this.generator =
                new Generator(system.port(), system.protocol(), connecting, CONNECTIONS, workload.encodeFor(system));
        this.all = all;
        this.isFirst = all.isEmpty();
        all.add(generator);
    }

    /** Another workload for the same system, which this one starts and stops; of the same kind and tenants. */
    Arm sibling(String sibling, Workload other, Generator.Connecting connecting) {
        return new Arm(sibling, system, other, connecting, all);
    }

    String name() {
        return name;
    }

    SystemUnderTest system() {
        return system;
    }

    Workload workload() {
        return workload;
    }

    Generator generator() {
        return generator;
    }

    /** The rounds that count. */
    List<Round> rounds() {
        return counted;
    }

    /** Pushes each series once, so that all are stored. */
    Arm fill() {
        return push(workload.groups());
    }

    /** Sends the next pushes. */
    Arm push(long pushes) {
        failOnRejections(generator.send(pushes));
        settle();
        return this;
    }

    /** Sends the next pushes, and does not wait for what follows of them. */
    void sendOnly(long pushes) {
        failOnRejections(generator.send(pushes));
    }

    /** Stores other series, in large pushes. */
    Arm store(Workload others) {
        Generator stored = new Generator(
                system.port(),
                system.protocol(),
                Generator.Connecting.KEEP_ALIVE,
                CONNECTIONS,
                others.encodeFor(system));
        all.add(stored);
        failOnRejections(stored.send(others.groups()), stored);
        settle();
        stored.close();
        return this;
    }

    /**
     * Pushes until a push gets no cheaper; at most so long. On one core the JVM's compilers would take minutes of their
     * own, so the system may use the sender's core too meanwhile.
     */
    void warmUp(Duration most) {
        long end = System.nanoTime() + most.toNanos();
        system.processes().values().forEach(Cores::share);
        double before = Double.POSITIVE_INFINITY;
        int steady = 0;
        while (steady < STEADY_ROUNDS && System.nanoTime() - end < 0) {
            double cost = round(WARM_UP_ROUND).microsAPush();
            steady = cost > STEADY * before ? steady + 1 : 0;
            before = Math.min(before, cost);
        }
        system.processes().values().forEach(Cores::pin);
        round(WARM_UP_ROUND.dividedBy(2));
    }

    void settle() {
        system.awaitSettled(SETTLE_DEADLINE);
    }

    /** A closed loop, and all that follows of it. */
    Round round(Duration duration) {
        return round(() -> generator.closedLoop(duration));
    }

    /** The same with pushes at fixed times. */
    Round round(Duration duration, double pushesASecond) {
        return round(() -> generator.openLoop(pushesASecond, duration));
    }

    private Round round(Supplier<Load> loop) {
        Map<String, Duration> before = cpu();
        Duration machineBefore = CpuTime.ofMachine();
        Duration ownBefore = CpuTime.own();
        long start = System.nanoTime();
        Load load = failOnRejections(loop.get());
        settle();
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        Map<String, Duration> used = new LinkedHashMap<>();
        cpu().forEach((process, after) -> used.put(process, after.minus(before.getOrDefault(process, Duration.ZERO))));
        Duration own = CpuTime.own().minus(ownBefore);
        Duration known = used.values().stream().reduce(own, Duration::plus);
        double otherCores =
                CpuTime.ofMachine().minus(machineBefore).minus(known).toNanos() / (double) elapsed.toNanos();
        return new Round(load, workload.samples(), used, own, elapsed, Math.max(0, otherCores));
    }

    /** Keeps a round. */
    void count(Round round) {
        counted.add(round);
    }

    Map<String, Duration> cpu() {
        Map<String, Duration> used = new LinkedHashMap<>();
        system.processes().forEach((process, pid) -> used.put(process, CpuTime.ofTree(pid)));
        return used;
    }

    Spread microsAPush() {
        return Spread.of(counted.stream().map(Round::microsAPush).toList());
    }

    Spread microsASample() {
        return Spread.of(counted.stream().map(Round::microsASample).toList());
    }

    /** Fails if what it shows is not what was acknowledged. */
    void check() {
        settle();
        String wrong = system.check(workload, all);
        if (!wrong.isEmpty()) {
            throw new WrongAnswerException(name + ": " + wrong);
        }
    }

    private Load failOnRejections(Load load) {
        return failOnRejections(load, generator);
    }

    private Load failOnRejections(Load load, Generator sender) {
        if (!load.rejected().isEmpty()) {
            throw new WrongAnswerException(name + " rejected pushes, by status " + load.rejected() + "; such as\n"
                    + sender.rejections().getFirst());
        }
        return load;
    }

    /** Stops the system, if it is the first of its arms. */
    @Override
    public void close() {
        if (isFirst) {
            all.forEach(Generator::close);
            system.close();
        }
    }
}
