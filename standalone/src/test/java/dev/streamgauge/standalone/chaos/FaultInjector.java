package dev.streamgauge.standalone.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Lets the faults of a round happen at their times, several at once, but never two on one target. */
final class FaultInjector {

    private static final int AT_ONCE = 16;

    /** Since the last but one was; each has bounds of its own, so this is only for what has none. */
    private static final Duration HEALED = Duration.ofMinutes(3);

    private final Platform platform;
    private final EventLog chronicle;
    private final Map<String, ReentrantLock> targets = new ConcurrentHashMap<>();

    FaultInjector(Platform platform, EventLog chronicle) {
        this.platform = platform;
        this.chronicle = chronicle;
    }

    /** Returns when all faults are healed; fails if one could not be made or healed. */
    void rage(List<Schedule.Timed> faults) throws InterruptedException, ExecutionException, TimeoutException {
        ScheduledExecutorService executor = Executors.newScheduledThreadPool(AT_ONCE);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Schedule.Timed fault : faults) {
                running.add(executor.schedule(() -> happen(fault), fault.at().toMillis(), TimeUnit.MILLISECONDS));
            }
            for (Future<?> fault : running) {
                fault.get(HEALED.toMillis(), TimeUnit.MILLISECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    /** Lets one fault happen and heals it. */
    void happen(Schedule.Timed timed) {
        Fault fault = timed.fault();
        ReentrantLock lock = targets.computeIfAbsent(fault.target(), target -> new ReentrantLock());
        lock.lock();
        try {
            chronicle.note("strike " + fault);
            fault.strike(platform);
            chronicle.count("fault " + fault.kind());
            await(timed.lasts());
            chronicle.note("heal " + fault);
            fault.heal(platform);
            chronicle.note("healed " + fault);
        } finally {
            lock.unlock();
        }
    }

    private static void await(Duration lasts) {
        long endNanos = System.nanoTime() + lasts.toNanos();
        for (long left = lasts.toNanos(); left > 0; left = endNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
