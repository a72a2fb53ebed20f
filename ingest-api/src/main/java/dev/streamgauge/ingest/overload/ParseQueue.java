package dev.streamgauge.ingest.overload;

import dev.streamgauge.core.tenant.TenantId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs the parsing of large bodies on a fixed number of threads, tenants in turn. What waits is bounded by the {@link
 * BodyBudget}, which the bodies hold meanwhile. Thread-safe.
 */
public final class ParseQueue implements AutoCloseable {

    private final ExecutorService threads;
    private final Map<TenantId, ArrayDeque<Runnable>> waiting = new LinkedHashMap<>();

    /** A queue with that many threads. */
    public ParseQueue(int threads) {
        this.threads = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("push-parser-", 0).daemon().factory());
    }

    /**
     * Runs the work when it is the tenant's turn. The result, or the exception, comes on the caller's Vert.x context if it
     * has one.
     */
    public <T> Future<T> submit(TenantId tenant, Callable<T> work) {
        Promise<T> promise = Promise.promise();
        Context context = Vertx.currentContext();
        Runnable turn = () -> {
            Future<T> result = call(work);
            if (context == null) {
                result.onComplete(promise);
            } else {
                context.runOnContext(nothing -> result.onComplete(promise));
            }
        };
        synchronized (waiting) {
            waiting.computeIfAbsent(tenant, added -> new ArrayDeque<>()).add(turn);
        }
        threads.execute(() -> next().run());
        return promise.future();
    }

    private static <T> Future<T> call(Callable<T> work) {
        try {
            return Future.succeededFuture(work.call());
        } catch (Exception e) {
            return Future.failedFuture(e);
        }
    }

    /** The next turn. There is one for each call, since each submission adds one and makes one call. */
    private Runnable next() {
        synchronized (waiting) {
            Map.Entry<TenantId, ArrayDeque<Runnable>> first =
                    waiting.entrySet().iterator().next();
            TenantId tenant = first.getKey();
            ArrayDeque<Runnable> queue = first.getValue();
            Runnable turn = queue.remove();
            waiting.remove(tenant);
            if (!queue.isEmpty()) {
                waiting.put(tenant, queue); // behind the others
            }
            return turn;
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
