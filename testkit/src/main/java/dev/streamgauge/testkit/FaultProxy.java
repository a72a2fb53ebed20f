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
 * A TCP proxy on the loopback interface that breaks connections as a test tells it, while they are in use.
 *
 * <pre>{@code
 * try (FaultProxy proxy = FaultProxy.to(redis.port())) {
 *     proxy.replies(new FaultProxy.CutAfter(0)); // what is sent now runs, and its answer never comes
 *     …
 *     proxy.heal();
 * }
 * }</pre>
 *
 * <p>What is told holds for open and new connections, from the next bytes on, until told otherwise. Bytes that wait
 * because of {@link Delay} or {@link Hang} are forwarded late once healed, even if their sender has given up: a server
 * must bear that. Each direction of a connection holds 16 KiB at most. Thread-safe.
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

    /** Guarded by the lock, as all that follows. */
    private @Nullable Listener listener;

    private Behaviour requests = new Pass();
    private Behaviour replies = new Pass();

    /** Tells one telling from the next of the same content. */
    private long tellings;

    private boolean closed;

    private FaultProxy(int upstreamPort) {
        this.upstreamPort = upstreamPort;
        this.port = listen(FreePort.find());
    }

    /** What happens to the bytes of one direction. */
    public sealed interface Behaviour {}

    /** Bytes go through. */
    public record Pass() implements Behaviour {}

    /** Each piece of bytes goes through that much later; a piece is what one read of the socket gives. */
    public record Delay(Duration latency) implements Behaviour {}

    /** Bytes are accepted and wait. */
    public record Hang() implements Behaviour {}

    /**
     * A connection is closed, both ways, at the first byte after so many more; that byte is not forwarded.
     *
     * @param bytes of each connection, from the telling on
     */
    public record CutAfter(long bytes) implements Behaviour {}

    /** Listens on a free port, and connects to that loopback port for each connection. */
    public static FaultProxy to(int upstreamPort) {
        return new FaultProxy(upstreamPort);
    }

    /** Returns the port to connect to; it stays the same. */
    public int port() {
        return port;
    }

    /** Lets new connections go to another port: the upstream was started there. */
    public void upstream(int newPort) {
        upstreamPort = newPort;
    }

    /** What happens to bytes from the client. */
    public void requests(Behaviour behaviour) {
        tell(() -> requests = behaviour);
    }

    /** What happens to bytes from the upstream. */
    public void replies(Behaviour behaviour) {
        tell(() -> replies = behaviour);
    }

    /** Rejects new connections; the open ones stay. */
    public void reject() {
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

    /** Closes all connections, and accepts new ones. */
    public void cut() {
        sockets.forEach(FaultProxy::closeQuietly);
    }

    /** Forwards everything again, and accepts connections. */
    public void heal() {
        tell(() -> {
            requests = new Pass();
            replies = new Pass();
            if (listener == null && !closed) {
                listen(port);
            }
        });
    }

    /** Returns how many connections it holds. */
    public int connections() {
        return (sockets.size() + 1) / 2;
    }

    /** Closes all connections, for good. */
    @Override
    public void close() {
        tell(() -> closed = true);
        reject();
        cut();
    }

    /** An open port, and who accepts its connections. */
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

    private void tell(Runnable change) {
        lock.lock();
        try {
            change.run();
            tellings++;
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
                // While we did not listen, an outgoing connection may have got our port; it will not keep it.
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
                closeQuietly(opened); // reject() or close() did, or the machine is out of sockets: then we reject too
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
                upstream.setSoLinger(true, 0); // nobody listens, and TCP connected us to ourselves
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
            closeQuietly(client); // the upstream is not there: neither are we
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
     * What to do with bytes at hand.
     *
     * @param behaviour one that does not wait (any longer)
     * @param telling when it was told
     */
    private record Order(Behaviour behaviour, long telling) {}

    private void forward(Socket from, Socket to, Direction direction) {
        byte[] buffer = new byte[BUFFER_BYTES];
        long telling = -1;
        long sinceTelling = 0;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                Order order = awaitOrder(direction);
                int allowed = count;
                if (order.behaviour() instanceof CutAfter(long bytes)) {
                    sinceTelling = order.telling() == telling ? sinceTelling : 0;
                    telling = order.telling();
                    allowed = (int) Math.min(count, bytes - sinceTelling);
                    sinceTelling += allowed;
                }
                out.write(buffer, 0, allowed);
                if (allowed < count) {
                    closeBoth(from, to);
                    return;
                }
            }
            to.shutdownOutput();
        } catch (IOException e) {
            closeBoth(from, to); // one side broke the connection, so the other side finds it broken
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Order awaitOrder(Direction direction) throws IOException, InterruptedException {
        long arrivedNanos = System.nanoTime();
        lock.lock();
        try {
            while (!closed) {
                Behaviour behaviour = direction == Direction.REQUESTS ? requests : replies;
                switch (behaviour) {
                    case Pass pass -> {
                        return new Order(pass, tellings);
                    }
                    case CutAfter cut -> {
                        return new Order(cut, tellings);
                    }
                    case Hang hang -> changed.await();
                    case Delay(Duration latency) -> {
                        long leftNanos = arrivedNanos + latency.toNanos() - System.nanoTime();
                        if (changed.awaitNanos(leftNanos) <= 0) {
                            return new Order(behaviour, tellings);
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
