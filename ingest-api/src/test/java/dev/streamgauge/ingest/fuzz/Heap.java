package dev.streamgauge.ingest.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Holds a piece of work to what it may allocate: an input that asks for more memory than it brings is an attack. */
final class Heap {

    /** What any work may take, whatever its input: tables, messages. */
    private static final long BASE_BYTES = 4 << 20;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Heap() {}

    /**
     * Does the work, and fails if it allocates more than so many bytes for each byte of input, above a base. What is over
     * is done once more, since the first time may have loaded classes, which the fuzzer rewrites on this thread.
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
