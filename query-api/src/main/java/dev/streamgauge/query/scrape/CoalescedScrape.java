package dev.streamgauge.query.scrape;

import dev.streamgauge.query.share.HeldBytes;
import dev.streamgauge.query.share.RenderingSlots.Slot;
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
 * One read of a registry that serves all clients with equal requests: one thread publishes the chunks of the body, and
 * each subscriber takes them at its own pace.
 *
 * <p><b>Freshness.</b> Clients subscribe before the scrape begins to read, never later. So a scrape never shows data
 * that is older than its request: once a push is folded, every later scrape shows it, however many scrapes run. A later
 * client waits for the next scrape. {@code ScrapeCoalescer} begins that one when this one has ended, and after 100 ms
 * at the latest; more clients join during this wait.
 *
 * <p><b>Memory.</b> A chunk is held until the slowest subscriber has taken it. If more bytes are held than the limits of
 * a scrape and of the process allow, {@link #publish} waits, and gives its slot back meanwhile. A slow client must
 * not block the others: a subscriber that is behind while another waits for the next chunk is expelled after two seconds
 * in total. A client that is alone blocks only itself, until {@code ScrapeResponse} resets it, or until another tenant
 * needs its place. After the last subscriber has left, {@link #publish} returns false.
 *
 * <p><b>Cost.</b> The chunks form a linked list that each subscriber walks; each chunk counts the subscribers that have
 * not taken it. So joining, taking and leaving cost the same however much is held. Thread-safe.
 */
public final class CoalescedScrape {

    /** Total time for which one subscriber may block others. */
    private static final Duration MAX_BLOCKING = Duration.ofSeconds(2);

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final int maxHeldBytes;
    private final HeldBytes ofProcess;
    private final Slot slot;
    private final long maxBlockingNanos;
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
     * A scrape that waits for subscribers.
     *
     * @param maxHeldBytes bytes that may be held before {@link #publish} waits; a single chunk may exceed it
     * @param ofProcess counts the held bytes of all scrapes, and may allow fewer
     * @param slot given back while {@link #publish} waits
     * @param whenOver run once, when the scrape has ended and its last subscriber has left
     */
    public CoalescedScrape(int maxHeldBytes, HeldBytes ofProcess, Slot slot, Runnable whenOver) {
        this(maxHeldBytes, ofProcess, slot, MAX_BLOCKING, whenOver);
    }

    CoalescedScrape(int maxHeldBytes, HeldBytes ofProcess, Slot slot, Duration maxBlocking, Runnable whenOver) {
        this.maxHeldBytes = maxHeldBytes;
        this.ofProcess = ofProcess;
        this.slot = slot;
        this.maxBlockingNanos = maxBlocking.toNanos();
        this.whenOver = whenOver;
    }

    /** How a scrape ended. */
    public sealed interface Ending {

        /** The whole body was published. */
        record Complete(long series) implements Ending {}

        /** The scrape failed, and the rest of the body is missing. */
        record Broken(RuntimeException cause) implements Ending {}
    }

    /** What a subscriber gets next. */
    public sealed interface Next {

        /** A part of the body. The array is shared: read only. */
        record Part(byte[] bytes) implements Next {}

        /** The next part is not there yet. */
        record Later() implements Next {}

        /** The scrape has ended. */
        record End(Ending ending) implements Next {}

        /** This subscriber was too slow for the others, or for another tenant; it gets nothing more. */
        record Expelled() implements Next {}
    }

    /**
     * Adds a subscriber, which gets the whole body.
     *
     * @throws IllegalStateException if the scrape has begun
     */
    public Subscriber join() {
        lock.lock();
        try {
            if (begun) {
                throw new IllegalStateException("a scrape that has begun may be older than the request");
            }
            Subscriber subscriber = new Subscriber(last);
            subscribers.add(subscriber);
            return subscriber;
        } finally {
            lock.unlock();
        }
    }

    /** Begins the scrape, after which no client can join. False if there is no subscriber. */
    public boolean begin() {
        lock.lock();
        try {
            begun = true;
            return !subscribers.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Publishes a chunk to all subscribers; waits until there is room for it. False if there is no subscriber. */
    public boolean publish(byte[] bytes) {
        try {
            if (!hasRoom(bytes.length)) {
                slot.give();
                if (!awaitRoom(bytes.length)) {
                    return false;
                }
                slot.take();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        lock.lock();
        try {
            append(bytes);
            subscribers.forEach(Subscriber::wake);
            return !subscribers.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private boolean hasRoom(int bytes) {
        lock.lock();
        try {
            return heldBytes == 0 || heldBytes + bytes <= Math.min(maxHeldBytes, ofProcess.shareOf(heldBytes));
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there is room; false if there is no subscriber. */
    private boolean awaitRoom(int bytes) throws InterruptedException {
        lock.lock();
        try {
            while (!hasRoom(bytes)) {
                boolean othersWait = subscribers.stream().anyMatch(subscriber -> subscriber.whenMore != null);
                long restNanos = room.awaitNanos(TICK_NANOS);
                if (othersWait) {
                    chargeSlowest(TICK_NANOS - Math.max(0, restNanos));
                }
            }
            return !subscribers.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void chargeSlowest(long nanos) {
        long slowest = subscribers.stream()
                .mapToLong(subscriber -> subscriber.taken)
                .min()
                .orElse(0);
        for (Subscriber subscriber : List.copyOf(subscribers)) {
            if (subscriber.taken == slowest && subscriber.whenMore == null) {
                subscriber.blockingNanos += nanos;
                if (subscriber.blockingNanos > maxBlockingNanos) {
                    subscriber.expel();
                }
            }
        }
    }

    /** Expels all subscribers, so that the scrape ends and its memory is free. */
    public void expelAll() {
        boolean over;
        lock.lock();
        try {
            begun = true;
            List.copyOf(subscribers).forEach(Subscriber::expel);
            over = ending != null;
        } finally {
            lock.unlock();
        }
        if (over) {
            whenOver.run();
        }
    }

    /**
     * Ends the scrape. Publishes the last chunk without waiting for room, and ends in the same step, so that the length
     * of a body of one chunk is known.
     */
    public void complete(byte[] rest, long series) {
        end(rest, new Ending.Complete(series));
    }

    /** Ends the scrape after a failure. */
    public void fail(RuntimeException cause) {
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
            ofProcess.add(bytes.length);
            length += bytes.length;
        }
    }

    /** Waits until the scrape has ended, but not longer than this. */
    public void awaitEnd(Duration atMost) {
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

    /** One client's position in a scrape. Each subscriber must leave in the end. Thread-safe. */
    public final class Subscriber {

        private Chunk position;
        private long taken;
        private long blockingNanos;
        private boolean gone;
        private boolean expelled;
        private Runnable whenExpelled = () -> {};
        private @Nullable Runnable whenMore;

        private Subscriber(Chunk position) {
            this.position = position;
        }

        /**
         * Takes the next part.
         *
         * @param retry run once, if this returns {@link Next.Later}, as soon as there is more; must not block
         */
        public Next next(Runnable retry) {
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

        /**
         * Says what to do when this subscriber is expelled, since a slow client may not take another part.
         *
         * @param action run at most once; must not block
         */
        public void whenExpelled(Runnable action) {
            lock.lock();
            try {
                if (expelled) {
                    action.run();
                } else {
                    whenExpelled = action;
                }
            } finally {
                lock.unlock();
            }
        }

        /** Length of the whole body in bytes; empty until the scrape is complete. */
        public OptionalLong wholeLength() {
            lock.lock();
            try {
                return ending instanceof Ending.Complete ? OptionalLong.of(length) : OptionalLong.empty();
            } finally {
                lock.unlock();
            }
        }

        /** Ends the subscription and gives up the rest of the body. Does nothing the second time. */
        public void leave() {
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

        private void expel() {
            expelled = true;
            remove();
            whenExpelled.run();
        }

        private void wake() {
            Runnable waiting = whenMore;
            whenMore = null;
            if (waiting != null) {
                waiting.run();
            }
        }

        /** Releases all chunks; false if that was already done. */
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
            position = new Chunk(new byte[0], 0); // else this would keep later chunks in memory
            room.signal();
            return true;
        }
    }

    private void release(Chunk chunk) {
        chunk.untaken--;
        if (chunk.untaken == 0) {
            heldBytes -= chunk.bytes.length;
            ofProcess.add(-chunk.bytes.length);
            room.signal();
        }
    }
}
