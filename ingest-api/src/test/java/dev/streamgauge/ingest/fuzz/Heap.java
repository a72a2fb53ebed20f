package dev.streamgauge.ingest.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Bounds what a piece of work may allocate, because a small input that takes much memory is an attack. */
final class Heap {

    /** What any work may take, whatever its input: tables, messages. */
    private static final long BASE_BYTES = 4 << 20;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Heap() {}

    /**
     * Does the work, and fails if it allocates more than so many bytes for each byte of input, above a base. Work that
     * allocates more is tried once again, because the first time may have loaded classes, which the fuzzer rewrites on
     * this thread.
     */
    static void bounded(byte[] input, int bytesPerByte, Runnable work) {
        long most = BASE_BYTES + (long) bytesPerByte * input.length;
        if (allocatedBy(work) > most) {
            long allocated = allocatedBy(work);
            if (allocated > most) {
                throw new AssertionError(allocated + " bytes allocated for an input of " + input.length);
            }
        }
    }

    private static long allocatedBy(Runnable work) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
