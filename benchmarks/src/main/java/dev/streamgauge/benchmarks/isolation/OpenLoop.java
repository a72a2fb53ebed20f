package dev.streamgauge.benchmarks.isolation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Tenants that push at times fixed beforehand, however long the answers take. A push whose time has come while all
 * connections of its tenant wait goes out late, and its latency counts from when it was meant to go.
 */
final class OpenLoop implements AutoCloseable {

    private final List<Tenant> tenants = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /**
     * Connects.
     *
     * @param ports of the processes that the connections are spread over
     * @param pushesASecond of each tenant
     * @param connections of each tenant
     */
    OpenLoop(List<String> names, List<Integer> ports, double pushesASecond, int samples, int connections)
            throws IOException {
        for (int i = 0; i < names.size(); i++) {
            List<PushConnection> opened = new ArrayList<>();
            for (int connection = 0; connection < connections; connection++) {
                opened.add(new PushConnection(ports.get((i + connection) % ports.size()), names.get(i), samples));
            }
            // Tenants begin one after the other within one interval: nothing in the world makes them go in step.
            tenants.add(new Tenant(opened, (double) i / names.size(), 1e9 / pushesASecond));
        }
    }

    /** Lets all tenants push until then; what they were answered. */
    Future<Answers> start(long startNanos, long endNanos) {
        List<Future<Answers>> running = new ArrayList<>();
        for (Tenant tenant : tenants) {
            AtomicLong next = new AtomicLong();
            for (PushConnection connection : tenant.connections) {
                running.add(threads.submit(() -> run(tenant, connection, next, startNanos, endNanos)));
            }
        }
        return threads.submit(() -> {
            Answers all = new Answers();
            for (Future<Answers> one : running) {
                all.addAll(one.get());
            }
            return all;
        });
    }

    /** As {@link #start}, and waits for the end. */
    Answers run(long startNanos, long endNanos) throws InterruptedException, ExecutionException {
        return start(startNanos, endNanos).get();
    }

    private static Answers run(
            Tenant tenant, PushConnection connection, AtomicLong next, long startNanos, long endNanos)
            throws IOException {
        Answers answers = new Answers();
        while (true) {
            double place = next.getAndIncrement() + tenant.phase;
            long intendedNanos = startNanos + (long) (place * tenant.intervalNanos);
            if (intendedNanos - endNanos >= 0) {
                return answers;
            }
            for (long early = intendedNanos - System.nanoTime(); early > 0; early = intendedNanos - System.nanoTime()) {
                LockSupport.parkNanos(early);
            }
            int status = connection.push();
            answers.add(status, System.nanoTime() - intendedNanos);
        }
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        for (Tenant tenant : tenants) {
            for (PushConnection connection : tenant.connections) {
                connection.close();
            }
        }
    }

    /**
     * A tenant and when it pushes.
     *
     * @param phase when it begins, as a part of its interval
     */
    private record Tenant(List<PushConnection> connections, double phase, double intervalNanos) {}
}
