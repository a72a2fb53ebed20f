package dev.streamgauge.server.connections;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many connections this process can have. */
final class OpenFiles {

    /** For Redis, jars, logs and data; the spare connections are not among them. */
    private static final int RESERVED = 192;

    /** A quiet connection takes about 4 KiB, more with TLS, and the heap has other uses. */
    private static final int HEAP_BYTES = 32 * 1024;

    private static final int FEWEST = 16;
    private static final int MOST = 1_000_000;

    private OpenFiles() {}

    /** Connections for which there are open files and memory. */
    static int connections() {
        long files = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount()
                : Long.MAX_VALUE;
        return connections(files, Runtime.getRuntime().maxMemory());
    }

    static int connections(long freeFiles, long maxHeap) {
        long byFiles = freeFiles - RESERVED - ServerConnections.SPARE;
        return Math.clamp(Math.min(byFiles, maxHeap / HEAP_BYTES), FEWEST, MOST);
    }
}
