package dev.streamgauge.query.share;

import java.util.concurrent.Semaphore;

/**
 * Limits how many pages all scrapes of this process request before they need them. The size of a page is not known
 * before it arrives, and a tenant may have a family of tiny series beside one of huge ones. Thread-safe.
 */
public final class ReadAhead {

    /** The first page of a family has 16 series or so, each of up to 250 KiB. */
    private static final long MAX_PAGE_BYTES = 4 << 20;

    /** Pages may use one part in so many of the heap. */
    private static final long SHARE_OF_HEAP = 8;

    private final Semaphore pages;

    public ReadAhead(int pages) {
        this.pages = new Semaphore(pages);
    }

    /** Pages for an eighth of the heap, even if all are as large as a tenant can make them. */
    public static ReadAhead ofHeap() {
        return new ReadAhead((int) Math.max(1, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / MAX_PAGE_BYTES));
    }

    /** Whether one more page may be requested ahead; then {@link #done} must follow. */
    public boolean tryBegin() {
        return pages.tryAcquire();
    }

    /** A page that was requested ahead is no longer in memory. */
    public void done() {
        pages.release();
    }
}
