package dev.streamgauge.query.share;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes of text that wait for clients, over all scrapes of this process. Thread-safe. */
public final class HeldBytes {

    /** A scrape may hold one part in so many of what is free. */
    private static final int SHARE = 4;

    private final long capacity;
    private final AtomicLong held = new AtomicLong();

    /** Text for that many bytes. */
    public HeldBytes(long capacity) {
        this.capacity = capacity;
    }

    /** Text for a quarter of the heap. */
    public static HeldBytes ofHeap() {
        return new HeldBytes(Runtime.getRuntime().maxMemory() / 4);
    }

    /** Counts bytes that begin to wait; negative when they no longer do. */
    public void add(long bytes) {
        held.addAndGet(bytes);
    }

    /** Bytes that one scrape may hold now, with those that it holds already. */
    public long shareOf(long own) {
        return Math.max(0, capacity - held.get() + own) / SHARE;
    }
}
