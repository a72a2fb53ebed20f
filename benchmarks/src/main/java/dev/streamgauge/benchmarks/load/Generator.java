package dev.streamgauge.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends a set's requests in turn over several connections, from one thread that waits for all of them at once: a thread
 * for each connection, or a general HTTP client, would take several times the CPU and be slower than the measured
 * system.
 */
public final class Generator implements AutoCloseable {

    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(60);

    /** An open loop looks at its clock and its connections this often. */
    private static final long TICK_NANOS = 20_000;

    private static final int SHOWN_REJECTIONS = 3;

    private final InetSocketAddress server;
    private final Protocol protocol;
    private final Connecting connecting;
    private final RequestSet set;
    private final Selector selector;
    private final List<Connection> connections = new ArrayList<>();
    private final Deque<Connection> idle = new ArrayDeque<>();
    private final long[] acknowledged;
    private final List<String> rejections = new ArrayList<>();
    private long sent;

    /** How long a connection lives. */
    public enum Connecting {
        /** For one go of the generator. */
        KEEP_ALIVE,
        /** For one request; then the sender closes it. */
        EACH_REQUEST
    }

    /** Sends to a loopback port. */
    public Generator(int port, Protocol protocol, Connecting connecting, int connections, RequestSet set) {
        this.server = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
        this.protocol = protocol;
        this.connecting = connecting;
        this.set = set;
        this.acknowledged = new long[set.requests().length];
        try {
            this.selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < connections; i++) {
            this.connections.add(new Connection(i));
        }
        idle.addAll(this.connections);
    }

    /** What it sends. */
    public RequestSet set() {
        return set;
    }

    /** Each connection sends its next request when its last was answered. */
    public Load closedLoop(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        return run(Long.MAX_VALUE, end, 0);
    }

    /** Sends so many requests, and no more, as a closed loop. */
    public Load send(long requests) {
        return run(sent + requests, System.nanoTime() + Duration.ofHours(1).toNanos(), 0);
    }

    /** Sends at fixed times, however long the answers take; the latency of a request counts from its time. */
    public Load openLoop(double requestsASecond, Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        return run(Long.MAX_VALUE, end, 1e9 / requestsASecond);
    }

    /** What a server that adds up must show for all that was acknowledged. */
    public double acknowledgedSum() {
        double sum = 0;
        for (int i = 0; i < acknowledged.length; i++) {
            sum += acknowledged[i] * set.sums()[set.groups()[i]];
        }
        return sum;
    }

    /** What a server that keeps the last value of each series must show. */
    public double lastSum() {
        double[] ofGroups = new double[set.sums().length];
        for (int i = 0; i < acknowledged.length; i++) {
            if (acknowledged[i] > 0) {
                ofGroups[set.groups()[i]] = set.sums()[set.groups()[i]];
            }
        }
        return Arrays.stream(ofGroups).sum();
    }

    /** Acknowledged samples since the beginning. */
    public long acknowledgedSamples() {
        return Arrays.stream(acknowledged).sum() * set.samples();
    }

    /** The first answers that were rejections, for a message. */
    public List<String> rejections() {
        return List.copyOf(rejections);
    }

    private Load run(long lastRequest, long endNanos, double intervalNanos) {
        try {
            Load load = new Run(lastRequest, endNanos, intervalNanos).run();
            // Not kept until the next go: a server closes what was idle for a minute.
            for (Connection connection : connections) {
                connection.close();
            }
            return load;
        } catch (IOException e) {
            throw new UncheckedIOException("connection to " + server + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            for (Connection connection : connections) {
                connection.close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One go. */
    private final class Run {
        private final long lastRequest;
        private final long startNanos = System.nanoTime();
        private final long endNanos;
        private final double intervalNanos;
        private final Map<Integer, Long> rejected = new TreeMap<>();
        private final Latencies latencies = new Latencies();
        private long accepted;
        private long place;
        private int underWay;

        Run(long lastRequest, long endNanos, double intervalNanos) {
            this.lastRequest = lastRequest;
            this.endNanos = endNanos;
            this.intervalNanos = intervalNanos;
        }

        Load run() throws IOException {
            boolean isOpen = intervalNanos > 0;
            long heard = System.nanoTime();
            while (true) {
                long now = System.nanoTime();
                boolean isOver = sendWhatIsDue(now);
                if (isOver && underWay == 0) {
                    return new Load(accepted, rejected, latencies);
                }
                int answered = isOpen ? selector.selectNow(this::handle) : selector.select(this::handle, 1_000);
                if (answered > 0 || underWay == 0) {
                    heard = System.nanoTime();
                } else if (System.nanoTime() - heard > ANSWER_DEADLINE.toNanos()) {
                    throw new IllegalStateException(underWay + " requests to " + server + " were not answered");
                }
                if (answered == 0 && isOpen) {
                    LockSupport.parkNanos(TICK_NANOS);
                }
            }
        }

        /** Returns whether nothing more will be sent. */
        private boolean sendWhatIsDue(long now) throws IOException {
            while (true) {
                long intended = startNanos + (long) (place * intervalNanos);
                if (sent >= lastRequest || Math.max(intended, intervalNanos > 0 ? intended : now) - endNanos >= 0) {
                    return true;
                }
                if (intended - now > 0) {
                    return false;
                }
                Connection connection = idle.poll();
                if (connection == null) {
                    return false;
                }
                place++;
                underWay++;
                connection.send((int) (sent++ % set.requests().length), intervalNanos > 0 ? intended : now);
            }
        }

        private void handle(SelectionKey key) {
            Connection connection = (Connection) key.attachment();
            try {
                int status = connection.advance();
                if (status == 0) {
                    return;
                }
                underWay--;
                idle.add(connection);
                if (status >= 200 && status <= 299) {
                    accepted++;
                    acknowledged[connection.request]++;
                    latencies.add(System.nanoTime() - connection.intendedNanos);
                } else {
                    rejected.merge(status, 1L, Long::sum);
                    if (rejections.size() < SHOWN_REJECTIONS) {
                        rejections.add(connection.lastAnswer());
                    }
                }
                connection.done();
            } catch (IOException e) {
                throw new UncheckedIOException("connection to " + server + ": " + e.getMessage(), e);
            }
        }
    }

    /** One connection, and the request that is under way on it. */
    private final class Connection {
        private final String source;
        private @Nullable SocketChannel channel;
        private @Nullable SelectionKey key;
        private ByteBuffer out = ByteBuffer.allocate(0);
        private ByteBuffer in = ByteBuffer.allocate(4096);
        private int request;
        private long intendedNanos;

        Connection(int number) {
            // Many addresses for many short connections: a port of one that was just used cannot be used again at once.
            this.source = "127.0.0." + (2 + number % 250);
        }

        private void connect() throws IOException {
            SocketChannel opened = SocketChannel.open();
            opened.configureBlocking(false);
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            // Redis in protected mode takes only the usual address.
            if (connecting == Connecting.EACH_REQUEST) {
                opened.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
            }
            opened.connect(server);
            key = opened.register(selector, SelectionKey.OP_CONNECT, this);
            channel = opened;
        }

        private SocketChannel opened() {
            if (channel == null) {
                throw new IllegalStateException("not connected");
            }
            return channel;
        }

        private SelectionKey registered() {
            if (key == null) {
                throw new IllegalStateException("not connected");
            }
            return key;
        }

        void send(int number, long intended) throws IOException {
            request = number;
            intendedNanos = intended;
            out = ByteBuffer.wrap(set.requests()[number]);
            in.clear();
            if (channel == null) {
                connect();
            } else {
                write();
            }
        }

        private void write() throws IOException {
            opened().write(out);
            registered().interestOps(out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }

        /** Goes on with what is ready; the status once the answer is complete, else 0. */
        int advance() throws IOException {
            SelectionKey ready = registered();
            if (ready.isConnectable()) {
                opened().finishConnect();
                write();
                return 0;
            }
            if (ready.isWritable()) {
                write();
                return 0;
            }
            if (opened().read(in) < 0) {
                throw new IOException("closed before its answer");
            }
            long parsed = protocol.parse(in.array(), in.position());
            if (parsed != Protocol.INCOMPLETE) {
                if (parsed >>> 16 != in.position()) {
                    throw new IOException("more bytes than one answer: " + lastAnswer());
                }
                return (int) (parsed & 0xffff);
            }
            if (!in.hasRemaining()) {
                in.flip();
                in = ByteBuffer.allocate(2 * in.capacity()).put(in);
            }
            return 0;
        }

        void done() throws IOException {
            if (connecting == Connecting.EACH_REQUEST) {
                close();
            }
        }

        String lastAnswer() {
            return new String(in.array(), 0, in.position(), StandardCharsets.UTF_8);
        }

        void close() throws IOException {
            if (channel != null) {
                channel.close();
                channel = null;
                key = null;
            }
        }
    }
}
