package dev.streamgauge.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Finds free TCP ports for processes that need a fixed port. */
public final class FreePort {
    /**
     * Below the range that systems use for outgoing connections (Linux from 32768 on, macOS from 49152 on). A port of
     * that range could be taken by any client before the process listens, or while it restarts.
     */
    private static final int FIRST = 20_000;

    private static final int LAST = 32_000;
    private static final int ATTEMPTS = 100;

    /** Ports that this JVM has found: its tests run side by side, and a process takes a second until it listens. */
    private static final Set<Integer> FOUND = ConcurrentHashMap.newKeySet();

    private FreePort() {}

    /**
     * Returns a loopback port that was free a moment ago, and that it has not returned before; another process may take it
     * before the caller does.
     */
    public static int find() {
        for (int attempt = 1; ; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            if (!FOUND.add(port)) {
                continue;
            }
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
                return socket.getLocalPort();
            } catch (IOException e) {
                if (attempt >= ATTEMPTS) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
