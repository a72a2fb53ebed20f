package dev.streamgauge.query;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One rendering for all clients that asked for the same in time: one thread makes its chunks, each client takes them at
 * its own pace.
 *
 * <p><b>Freshness.</b> Clients join before the rendering begins to read, never later. So a scrape shows nothing older
 * than its own request: whoever saw a push folded sees it in the next scrape, however many scrapes go on. Who comes later
 * waits for the next rendering, which {@link ScrapeCoalescer} begins when this one has ended, and after 100 ms at the latest;
 * that wait is what gathers clients.
 *
 * <p><b>Memory.</b> A chunk is held until its slowest subscriber took it; while that is more than the limit, {@link #hand}
 * waits. A client must not hold up the others: one that is behind while another waits for more has two seconds in all,
 * then it is expelled. A client that is alone may hold up itself, until {@link ScrapeResponse} loses patience. When the
 * last subscriber left, {@link #hand} says so.
 *
 * <p><b>Cost.</b> Chunks are a linked list that each subscriber walks, counted down as they are taken: joining, taking and
 * leaving cost the same however much is held. Thread-safe.
 */
final class CoalescedScrape {

    /** How long one subscriber may hold up others, in all. */
    private static final Duration MAX_HOLD_UP = Duration.ofSeconds(2);

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final int maxHeldBytes;
    private final long maxHoldUpNanos;
    private final Runnable whenOver;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final List<Subscriber> subscribers = new ArrayList<>(2);
    private Chunk last = new Chunk(new byte[0], 0);
    private long heldBytes;
    private long length;
    private boolean begun;
    private @Nullable Ending ending;

    /**
     * A rendering that waits for subscribers.
     *
     * @param maxHeldBytes held at most before {@link #hand} waits; a single chunk may exceed it
     * @param whenOver run once, when it has ended and its last subscriber left
     */
    CoalescedScrape(int maxHeldBytes, Runnable whenOver) {
        this(maxHeldBytes, MAX_HOLD_UP, whenOver);
    }

    CoalescedScrape(int maxHeldBytes, Duration maxHoldUp, Runnable whenOver) {
        this.maxHeldBytes = maxHeldBytes;
        this.maxHoldUpNanos = maxHoldUp.toNanos();
        this.whenOver = whenOver;
    }

    /** How a rendering ended. */
    sealed interface Ending {

        /** All of it was handed over. */
        record Complete(long series) implements Ending {}

        /** It cannot be completed. */
        record Broken(RuntimeException cause) implements Ending {}
    }

    /** What a subscriber gets next. */
    sealed interface Next {

        /** A part of the body: shared, read only. */
        record Part(byte[] bytes) implements Next {}

        /** There is nothing yet. */
        record Later() implements Next {}

        /** There is nothing more. */
        record End(Ending ending) implements Next {}

        /** This subscriber held up the others for too long; it gets nothing more. */
        record Expelled() implements Next {}
    }

    /**
     * Adds a subscriber, who will get all of it.
     *
     * @throws IllegalStateException if it has begun
     */
    Subscriber join() {
        lock.lock();
        try {
            if (begun) {
                throw new IllegalStateException("a rendering that has begun may be older than the request");
            }
            Subscriber subscriber = new Subscriber(last);
            subscribers.add(subscriber);
            return subscriber;
        } finally {
            lock.unlock();
        }
    }

    /** Ends joining; false if nobody is there. */
    boolean begin() {
        lock.lock();
        try {
            begun = true;
            return !subscribers.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Hands a chunk to all subscribers, once there is room for it; false once there is no subscriber. */
    boolean hand(byte[] bytes) {
        lock.lock();
        try {
            awaitRoom(bytes.length);
            if (subscribers.isEmpty()) {
                return false;
            }
            append(bytes);
            subscribers.forEach(Subscriber::wake);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom(int bytes) throws InterruptedException {
        while (heldBytes > 0 && heldBytes + bytes > maxHeldBytes) {
            boolean someoneStarves = subscribers.stream().anyMatch(subscriber -> subscriber.whenMore != null);
            long restNanos = room.awaitNanos(TICK_NANOS);
            if (someoneStarves) {
                chargeSlowest(TICK_NANOS - Math.max(0, restNanos));
            }
        }
    }

    private void chargeSlowest(long nanos) {
        long slowest = subscribers.stream()
                .mapToLong(subscriber -> subscriber.taken)
                .min()
                .orElse(0);
        for (Subscriber subscriber : List.copyOf(subscribers)) {
            if (subscriber.taken == slowest && subscriber.whenMore == null) {
                subscriber.heldUpNanos += nanos;
                if (subscriber.heldUpNanos > maxHoldUpNanos) {
                    subscriber.expelled = true;
                    subscriber.remove();
                }
            }
        }
    }

    /**
     * Ends it: adds the last chunk, room or not, and says in the same moment that nothing follows, so that a body of one
     * chunk has a known length.
     */
    void complete(byte[] rest, long series) {
        end(rest, new Ending.Complete(series));
    }

    /** Ends it before its time. */
    void fail(RuntimeException cause) {
        end(new byte[0], new Ending.Broken(cause));
    }

    private void end(byte[] rest, Ending how) {
        boolean over;
        lock.lock();
        try {
            begun = true;
            ending = how;
            if (rest.length > 0) {
                append(rest);
            }
            subscribers.forEach(Subscriber::wake);
            over = subscribers.isEmpty();
        } finally {
            lock.unlock();
        }
        ended.countDown();
        if (over) {
            whenOver.run();
        }
    }

    private void append(byte[] bytes) {
        if (!subscribers.isEmpty()) {
            Chunk chunk = new Chunk(bytes, subscribers.size());
            last.next = chunk;
            last = chunk;
            heldBytes += bytes.length;
            length += bytes.length;
        }
    }

    /** Waits until this has ended, but no longer than that. */
    void awaitEnd(Duration atMost) {
        try {
            ended.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Chunk {

        private final byte[] bytes;
        private int untaken;
        private @Nullable Chunk next;

        private Chunk(byte[] bytes, int untaken) {
            this.bytes = bytes;
            this.untaken = untaken;
        }
    }

    /** One client's place in a rendering. Thread-safe; who joined leaves. */
    final class Subscriber {

        private Chunk position;
        private long taken;
        private long heldUpNanos;
        private boolean gone;
        private boolean expelled;
        private @Nullable Runnable whenMore;

        private Subscriber(Chunk position) {
            this.position = position;
        }

        /**
         * Takes the next part.
         *
         * @param retry run once, when the answer was {@link Next.Later} and another would be given; must not block
         */
        Next next(Runnable retry) {
            lock.lock();
            try {
                if (gone) {
                    return expelled ? new Next.Expelled() : new Next.Later();
                }
                Chunk chunk = position.next;
                if (chunk != null) {
                    position = chunk;
                    taken++;
                    release(chunk);
                    return new Next.Part(chunk.bytes);
                }
                if (ending != null) {
                    return new Next.End(ending);
                }
                whenMore = retry;
                return new Next.Later();
            } finally {
                lock.unlock();
            }
        }

        /** Length of the whole body, known once it is complete. */
        OptionalLong wholeLength() {
            lock.lock();
            try {
                return ending instanceof Ending.Complete ? OptionalLong.of(length) : OptionalLong.empty();
            } finally {
                lock.unlock();
            }
        }

        /** Gives up what is left. Does nothing the second time. */
        void leave() {
            boolean over;
            lock.lock();
            try {
                over = remove() && ending != null && subscribers.isEmpty();
            } finally {
                lock.unlock();
            }
            if (over) {
                whenOver.run();
            }
        }

        private void wake() {
            Runnable waiting = whenMore;
            whenMore = null;
            if (waiting != null) {
                waiting.run();
            }
        }

        /** Lets go of all chunks; false if that is done. */
        private boolean remove() {
            if (gone) {
                return false;
            }
            gone = true;
            whenMore = null;
            subscribers.remove(this);
            for (Chunk chunk = position.next; chunk != null; chunk = chunk.next) {
                release(chunk);
            }
            position = new Chunk(new byte[0], 0); // or what comes would be held by who does not want it
            room.signal();
            return true;
        }
    }

    private void release(Chunk chunk) {
        chunk.untaken--;
        if (chunk.untaken == 0) {
            heldBytes -= chunk.bytes.length;
            room.signal();
        }
    }
}
