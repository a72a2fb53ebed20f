package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.IngestConfig;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import jakarta.inject.Singleton;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Sends requests that arrive during a call together in the next call, one call at a time for each partition. Under
 * load, many requests share a call and an fsync. Without load, a request waits only for those that its event loop has
 * already read; there is no timer.
 *
 * <p>The tenants of a partition take turns, so that a tenant that sends much does not delay the others. The waiting
 * requests are bounded, in total and for each tenant. When a call fails, all requests that waited behind it fail with
 * it: the next call would probably take as long, and they would miss their deadline. Thread-safe.
 */
@Singleton
final class GroupCommit {

    /** Maximum weight of one call, in bytes; a request that exceeds it goes alone. */
    private static final int MAX_CALL_BYTES = 256 * 1024;

    /**
     * Maximum number of units of one call. As the other maximums, it lets no call block Redis for more than 5 ms: a
     * request with a key takes up to 10 us, and reading and writing the totals of a tenant up to 30 us.
     */
    private static final int MAX_CALL_UNITS = 400;

    private static final int UNITS_OF_A_REQUEST = 1;
    private static final int UNITS_OF_A_TENANT = 3;

    /** Maximum number of look-ups of one call. A request that has more registers its series ahead. */
    static final int MAX_CALL_LOOKUPS = 500;

    /** The bytes that one tenant may have waiting are this part of those that all tenants may. */
    private static final int TENANT_SHARE = 4;

    private final AdmissionCalls calls;
    private final Keyspace keyspace;
    private final long maxQueuedBytes;
    private final AtomicLong queuedBytes = new AtomicLong();
    private final List<PartitionQueue> partitionQueues;

    GroupCommit(AdmissionCalls calls, Keyspace keyspace, IngestConfig config) {
        this.calls = calls;
        this.keyspace = keyspace;
        this.maxQueuedBytes = config.maxQueuedBytes();
        this.partitionQueues = IntStream.range(0, keyspace.partitions())
                .mapToObj(PartitionQueue::new)
                .toList();
    }

    /** Redis' answer to the request. Fails with {@link RedisFailure}. */
    Future<AdmissionAnswer> submit(AdmissionRequest request) {
        Waiting waiting = new Waiting(request, request.weight(), Promise.promise());
        partitionQueues.get(keyspace.partitionOf(request.tenant())).submit(waiting);
        return waiting.answer.future();
    }

    private record Waiting(AdmissionRequest request, int weight, Promise<AdmissionAnswer> answer) {}

    /** The waiting requests of one tenant, in order of arrival. */
    private static final class TenantQueue {

        private final ArrayDeque<Waiting> requests = new ArrayDeque<>();
        private long bytes;

        /** The last group that has a request of it. */
        private long group;
    }

    /** The waiting requests of one partition, and its call. */
    private final class PartitionQueue {

        private final int partition;
        private final LinkedHashMap<TenantId, TenantQueue> tenants = new LinkedHashMap<>();

        /** A call is under way, or will be once the event loop has read the requests at hand. */
        private boolean calling;

        /** How many groups there were, with the present one. */
        private long groups;

        private PartitionQueue(int partition) {
            this.partition = partition;
        }

        private void submit(Waiting waiting) {
            boolean isFirst;
            synchronized (this) {
                if (!enqueue(waiting)) {
                    waiting.answer.fail(new RedisFailure(
                            RedisFailure.Kind.UNAVAILABLE, "too many requests wait for Redis already"));
                    return;
                }
                isFirst = !calling;
                calling = true;
            }
            if (isFirst) {
                afterThoseAtHand(this::callNext);
            }
        }

        /**
         * Runs the call after the event loop has handled the requests that it has already read from other connections,
         * so that they get into the same call. Outside of an event loop, the call runs at once.
         */
        private void afterThoseAtHand(Runnable call) {
            Context context = Vertx.currentContext();
            if (context == null || !context.isEventLoopContext() || !Context.isOnEventLoopThread()) {
                call.run();
            } else {
                context.runOnContext(nothing -> call.run());
            }
        }

        /** Returns whether there was room; a tenant with nothing waiting can always add one request. */
        private boolean enqueue(Waiting waiting) {
            TenantQueue queue = tenants.computeIfAbsent(waiting.request.tenant(), tenant -> new TenantQueue());
            boolean full = queue.bytes + waiting.weight > maxQueuedBytes / TENANT_SHARE
                    || queuedBytes.get() + waiting.weight > maxQueuedBytes;
            if (full && !queue.requests.isEmpty()) {
                return false;
            }
            queue.requests.add(waiting);
            queue.bytes += waiting.weight;
            queuedBytes.addAndGet(waiting.weight);
            return true;
        }

        /**
         * The next requests to send, tenants in turn. If nothing waits it is empty, and no call is under way anymore.
         */
        private synchronized List<Waiting> nextGroup() {
            calling = !tenants.isEmpty();
            List<Waiting> group = new ArrayList<>();
            int weight = 0;
            int lookups = 0;
            int units = 0;
            groups++;
            while (!tenants.isEmpty()) {
                Map.Entry<TenantId, TenantQueue> turn = tenants.firstEntry();
                TenantQueue queue = turn.getValue();
                Waiting next = queue.requests.getFirst();
                int allLookups = lookups + next.request.lookups();
                int allUnits = units + UNITS_OF_A_REQUEST + (queue.group == groups ? 0 : UNITS_OF_A_TENANT);
                if (!group.isEmpty()
                        && (weight + next.weight > MAX_CALL_BYTES
                                || allLookups > MAX_CALL_LOOKUPS
                                || allUnits > MAX_CALL_UNITS)) {
                    break;
                }
                units = allUnits;
                queue.group = groups;
                lookups = allLookups;
                queue.requests.removeFirst();
                queue.bytes -= next.weight;
                weight += next.weight;
                group.add(next);
                tenants.remove(turn.getKey());
                if (!queue.requests.isEmpty()) {
                    tenants.putLast(turn.getKey(), queue);
                }
            }
            queuedBytes.addAndGet(-weight);
            return group;
        }

        private void callNext() {
            List<Waiting> group = nextGroup();
            if (!group.isEmpty()) {
                List<AdmissionRequest> requests =
                        group.stream().map(Waiting::request).toList();
                Future.<List<AdmissionAnswer>>future( // or an exception would stop the queue
                                called -> calls.call(partition, requests).onComplete(called))
                        .onComplete(answers -> answered(group, answers), failure -> failed(group, failure));
            }
        }

        private void answered(List<Waiting> group, List<AdmissionAnswer> answers) {
            callNext();
            for (int i = 0; i < group.size(); i++) {
                group.get(i).answer.complete(answers.get(i));
            }
        }

        private void failed(List<Waiting> group, Throwable failure) {
            List<Waiting> all = new ArrayList<>(group);
            synchronized (this) {
                calling = false;
                for (Iterator<TenantQueue> queues = tenants.values().iterator(); queues.hasNext(); ) {
                    TenantQueue queue = queues.next();
                    all.addAll(queue.requests);
                    queuedBytes.addAndGet(-queue.bytes);
                    queues.remove();
                }
            }
            all.forEach(waiting -> waiting.answer.fail(failure));
        }
    }
}
