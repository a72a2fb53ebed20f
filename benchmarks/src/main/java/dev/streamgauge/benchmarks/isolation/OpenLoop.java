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
import java.util.function.Supplier;

/**
 * Tenants that send requests at times fixed beforehand, however long the responses take. A request whose time has come
 * while all connections of its tenant wait goes out late, and its latency counts from when it was meant to go.
 */
final class OpenLoop implements AutoCloseable {

    /** What becomes of requests that are due, and not sent by the end. */
    enum Late {
        SENT,
        DROPPED
    }

    private final Late late;
    private final List<Tenant> tenants = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /**
     * Opens no connection yet.
     *
     * @param loads the requests of each tenant
     * @param ports of the processes that the connections are spread over
     * @param requestsASecond of each tenant
     * @param connections of each tenant
     */
    OpenLoop(List<Supplier<byte[]>> loads, List<Integer> ports, double requestsASecond, int connections, Late late) {
        this.late = late;
        for (int i = 0; i < loads.size(); i++) {
            List<HttpConnection> ofTenant = new ArrayList<>();
            for (int connection = 0; connection < connections; connection++) {
                ofTenant.add(new HttpConnection(ports.get((i + connection) % ports.size())));
            }
            // Tenants begin one after the other within one interval: nothing in the world makes them go in step.
            tenants.add(new Tenant(loads.get(i), ofTenant, (double) i / loads.size(), 1e9 / requestsASecond));
        }
    }

    /** Lets all tenants send until then; what they were answered. */
    Future<Answers> start(long startNanos, long endNanos) {
        List<Future<Answers>> running = new ArrayList<>();
        for (Tenant tenant : tenants) {
            AtomicLong next = new AtomicLong();
            for (HttpConnection connection : tenant.connections) {
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

    private Answers run(Tenant tenant, HttpConnection connection, AtomicLong next, long startNanos, long endNanos)
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
            if (late == Late.DROPPED && System.nanoTime() - endNanos >= 0) {
                return answers;
            }
            int status = connection.exchange(tenant.requests.get());
            answers.add(status, System.nanoTime() - intendedNanos);
        }
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        for (Tenant tenant : tenants) {
            for (HttpConnection connection : tenant.connections) {
                connection.close();
            }
        }
    }

    /**
     * A tenant and when it sends.
     *
     * @param phase when it begins, as a part of its interval
     */
    private record Tenant(
            Supplier<byte[]> requests, List<HttpConnection> connections, double phase, double intervalNanos) {}
}
