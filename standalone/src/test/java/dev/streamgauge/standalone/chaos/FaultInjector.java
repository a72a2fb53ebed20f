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

/** Injects the faults of a round at their times, several at once, but never two on one target. */
final class FaultInjector {

    private static final int AT_ONCE = 16;

    /**
     * The longest wait for one fault to be healed. The steps of a fault have deadlines of their own; this is a
     * backstop.
     */
    private static final Duration HEALED = Duration.ofMinutes(3);

    private final Platform platform;
    private final EventLog eventLog;
    private final Map<String, ReentrantLock> targets = new ConcurrentHashMap<>();

    FaultInjector(Platform platform, EventLog eventLog) {
        this.platform = platform;
        this.eventLog = eventLog;
    }

    /** Injects the faults and returns when all are healed; fails if one could not be injected or healed. */
    void injectAll(List<Schedule.Timed> faults) throws InterruptedException, ExecutionException, TimeoutException {
        ScheduledExecutorService executor = Executors.newScheduledThreadPool(AT_ONCE);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Schedule.Timed fault : faults) {
                running.add(executor.schedule(() -> inject(fault), fault.at().toMillis(), TimeUnit.MILLISECONDS));
            }
            for (Future<?> fault : running) {
                fault.get(HEALED.toMillis(), TimeUnit.MILLISECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    /** Injects one fault and heals it. */
    void inject(Schedule.Timed timed) {
        Fault fault = timed.fault();
        ReentrantLock lock = targets.computeIfAbsent(fault.target(), target -> new ReentrantLock());
        lock.lock();
        try {
            eventLog.note("strike " + fault);
            fault.strike(platform);
            eventLog.count("fault " + fault.kind());
            await(timed.lasts());
            eventLog.note("heal " + fault);
            fault.heal(platform);
            eventLog.note("healed " + fault);
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
