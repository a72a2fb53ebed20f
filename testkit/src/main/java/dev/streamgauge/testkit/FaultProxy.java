package dev.streamgauge.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on the loopback interface with which a test breaks connections while they are in use.
 *
 * <pre>{@code
 * try (FaultProxy proxy = FaultProxy.to(redis.port())) {
 *     proxy.replies(new FaultProxy.CutAfter(0)); // the next command runs, and its reply never arrives
 *     …
 *     proxy.heal();
 * }
 * }</pre>
 *
 * <p>A behavior applies to open and new connections, from the next bytes on, until it is changed. Bytes that wait
 * because of {@link Delay} or {@link Hang} are forwarded after {@link #heal}, even if their sender has given up. Each
 * direction of a connection buffers at most 16 KiB. Thread-safe.
 */
public final class FaultProxy implements AutoCloseable {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int BACKLOG = 256;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration LISTEN_DEADLINE = Duration.ofSeconds(10);
    private static final Duration LISTEN_PAUSE = Duration.ofMillis(20);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final int port;
    private volatile int upstreamPort;

    /** Guarded by the lock, like all fields that follow. */
    private @Nullable Listener listener;

    private Behavior requests = new Pass();
    private Behavior replies = new Pass();

    /** Number of changes so far; distinguishes a behavior from an equal one that was set later. */
    private long changes;

    private boolean closed;

    private FaultProxy(int upstreamPort) {
        this.upstreamPort = upstreamPort;
        this.port = listen(FreePort.find());
    }

    /** What happens to the bytes of one direction. */
    public sealed interface Behavior {}

    /** Bytes go through. */
    public record Pass() implements Behavior {}

    /** Each piece of data goes through after this delay; a piece is what one read of the socket returns. */
    public record Delay(Duration latency) implements Behavior {}

    /** Bytes are accepted and wait. */
    public record Hang() implements Behavior {}

    /**
     * A connection is closed in both directions at the first byte after this many; that byte is not forwarded.
     *
     * @param bytes counted for each connection, from this change on
     */
    public record CutAfter(long bytes) implements Behavior {}

    /** Listens on a free port, and connects to that loopback port for each connection. */
    public static FaultProxy to(int upstreamPort) {
        return new FaultProxy(upstreamPort);
    }

    /** Returns the port to connect to; it stays the same. */
    public int port() {
        return port;
    }

    /** Connects new connections to another port, where the upstream now listens. */
    public void upstream(int newPort) {
        upstreamPort = newPort;
    }

    /** Sets what happens to bytes from the client. */
    public void requests(Behavior behavior) {
        change(() -> requests = behavior);
    }

    /** Sets what happens to bytes from the upstream. */
    public void replies(Behavior behavior) {
        change(() -> replies = behavior);
    }

    /** Stops listening, so that new connections are rejected; open connections stay. */
    public void rejectNewConnections() {
        lock.lock();
        try {
            if (listener != null) {
                listener.stop();
                listener = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes all connections; new ones are still accepted. */
    public void cut() {
        sockets.forEach(FaultProxy::closeQuietly);
    }

    /** Forwards everything again, and accepts connections. */
    public void heal() {
        change(() -> {
            requests = new Pass();
            replies = new Pass();
            if (listener == null && !closed) {
                listen(port);
            }
        });
    }

    /** Returns the number of open connections. */
    public int connections() {
        return (sockets.size() + 1) / 2;
    }

    /** Closes all connections and stops listening. */
    @Override
    public void close() {
        change(() -> closed = true);
        rejectNewConnections();
        cut();
    }

    /** An open port, and the thread that accepts its connections. */
    private record Listener(ServerSocket socket, Thread acceptor) {

        void stop() {
            closeQuietly(socket);
            try {
                acceptor.join(); // until then the system goes on accepting
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private int listen(int wanted) {
        ServerSocket socket = bind(wanted);
        listener = new Listener(socket, Thread.ofVirtual().start(() -> accept(socket)));
        return socket.getLocalPort();
    }

    private static ServerSocket bind(int wanted) {
        long deadlineNanos = System.nanoTime() + LISTEN_DEADLINE.toNanos();
        while (true) {
            try {
                ServerSocket socket = new ServerSocket();
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(LOOPBACK, wanted), BACKLOG);
                return socket;
            } catch (IOException e) {
                // While we were not listening, an outgoing connection may have taken our port; it will free it again.
                if (System.nanoTime() - deadlineNanos > 0) {
                    throw new UncheckedIOException("cannot listen on " + wanted, e);
                }
                LockSupport.parkNanos(LISTEN_PAUSE.toNanos());
            }
        }
    }

    private void accept(ServerSocket opened) {
        while (!opened.isClosed()) {
            try {
                Socket client = opened.accept();
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                closeQuietly(opened); // closed already, or the machine is out of sockets
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket upstream = new Socket()) {
            sockets.add(client);
            sockets.add(upstream);
            upstream.connect(
                    new InetSocketAddress(LOOPBACK, upstreamPort), Math.toIntExact(CONNECT_TIMEOUT.toMillis()));
            if (upstream.getLocalPort() == upstream.getPort()) {
                upstream.setSoLinger(true, 0); // nothing listens there, and TCP connected the socket to itself
                return;
            }
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            if (isClosed()) {
                return;
            }
            Thread replying = Thread.ofVirtual().start(() -> forward(upstream, client, Direction.REPLIES));
            forward(client, upstream, Direction.REQUESTS);
            replying.join();
        } catch (IOException e) {
            closeQuietly(client); // the upstream is not there
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.removeIf(Socket::isClosed);
        }
    }

    private enum Direction {
        REQUESTS,
        REPLIES
    }

    /**
     * What to do with the bytes that were read.
     *
     * @param behavior one that does not wait, or has finished waiting
     * @param change the number of the change that set it
     */
    private record Order(Behavior behavior, long change) {}

    private void forward(Socket from, Socket to, Direction direction) {
        byte[] buffer = new byte[BUFFER_BYTES];
        long change = -1;
        long sinceChange = 0;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                Order order = awaitOrder(direction);
                int allowed = count;
                if (order.behavior() instanceof CutAfter(long bytes)) {
                    sinceChange = order.change() == change ? sinceChange : 0;
                    change = order.change();
                    allowed = (int) Math.min(count, bytes - sinceChange);
                    sinceChange += allowed;
                }
                out.write(buffer, 0, allowed);
                if (allowed < count) {
                    closeBoth(from, to);
                    return;
                }
            }
            to.shutdownOutput();
        } catch (IOException e) {
            closeBoth(from, to); // one side broke the connection, so the other side sees it broken too
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Order awaitOrder(Direction direction) throws IOException, InterruptedException {
        long arrivedNanos = System.nanoTime();
        lock.lock();
        try {
            while (!closed) {
                Behavior behavior = direction == Direction.REQUESTS ? requests : replies;
                switch (behavior) {
                    case Pass pass -> {
                        return new Order(pass, changes);
                    }
                    case CutAfter cut -> {
                        return new Order(cut, changes);
                    }
                    case Hang hang -> changed.await();
                    case Delay(Duration latency) -> {
                        long leftNanos = arrivedNanos + latency.toNanos() - System.nanoTime();
                        if (changed.awaitNanos(leftNanos) <= 0) {
                            return new Order(behavior, changes);
                        }
                    }
                }
            }
            throw new IOException("the proxy is closed");
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private static void closeBoth(Socket one, Socket other) {
        closeQuietly(one);
        closeQuietly(other);
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            throw new IllegalStateException("cannot close " + socket, e); // a socket on loopback has no reason to
        }
    }
}
