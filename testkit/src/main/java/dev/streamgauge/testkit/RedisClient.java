package dev.streamgauge.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One RESP2 connection, for commands that a test sends besides the code under test. It shares no code with the client
 * that the product uses, so that a test does not check a client against itself. Not for concurrent use.
 *
 * <p>Replies: a simple string is a {@code String}, an integer a {@code Long}, an array a {@code List}, nil is
 * {@code null}; a bulk string is a {@code String} (UTF-8) or a {@code byte[]}, as asked. An error reply is thrown as a
 * {@link RedisError}; inside an array it is an element.
 */
public final class RedisClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private RedisClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = new BufferedOutputStream(socket.getOutputStream());
    }

    /**
     * Connects to a server on the loopback interface.
     *
     * @param timeout for connecting, and for each read; zero means forever
     * @throws UncheckedIOException if no server listens there
     */
    public static RedisClient open(int port, Duration timeout) {
        Socket socket = new Socket();
        try {
            int millis = Math.toIntExact(timeout.toMillis());
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), millis);
            socket.setSoTimeout(millis);
            socket.setTcpNoDelay(true);
            return new RedisClient(socket);
        } catch (IOException e) {
            closeQuietly(socket, e);
            throw new UncheckedIOException("cannot connect to Redis on port " + port, e);
        }
    }

    /**
     * Sends a command and waits for its reply, with bulk strings as text.
     *
     * @throws RedisError if Redis answers an error
     * @throws UncheckedIOException if the connection breaks or the timeout passes; use a new connection then
     */
    public @Nullable Object command(String... words) {
        return call(encoded(words), Bulk.TEXT);
    }

    /** As {@link #command}, with bulk strings as {@code byte[]}. */
    public @Nullable Object commandBytes(String... words) {
        return call(encoded(words), Bulk.BYTES);
    }

    /** As {@link #commandBytes(String...)}, for binary arguments. */
    public @Nullable Object commandBytes(byte[]... words) {
        return call(List.of(words), Bulk.BYTES);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable Object call(List<byte[]> words, Bulk bulk) {
        Object reply;
        try {
            send(words);
            reply = readReply(bulk);
        } catch (IOException e) {
            throw new UncheckedIOException("no reply from Redis: " + e.getMessage(), e);
        }
        if (reply instanceof RedisError error) {
            throw error;
        }
        return reply;
    }

    private void send(List<byte[]> words) throws IOException {
        writeLine("*" + words.size());
        for (byte[] word : words) {
            writeLine("$" + word.length);
            out.write(word);
            writeLine("");
        }
        out.flush();
    }

    private void writeLine(String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    private @Nullable Object readReply(Bulk bulk) throws IOException {
        String line = readLine();
        if (line.isEmpty()) {
            throw new IOException("not a RESP2 reply: an empty line");
        }
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+' -> rest;
            case '-' -> new RedisError(rest);
            case ':' -> Long.valueOf(rest);
            case '$' -> readBulk(Integer.parseInt(rest), bulk);
            case '*' -> readArray(Integer.parseInt(rest), bulk);
            default -> throw new IOException("not a RESP2 reply: " + line);
        };
    }

    private @Nullable Object readBulk(int length, Bulk bulk) throws IOException {
        if (length < 0) {
            return null;
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length || !readLine().isEmpty()) {
            throw new EOFException("a bulk string of " + length + " bytes was cut short");
        }
        return switch (bulk) {
            case TEXT -> new String(bytes, StandardCharsets.UTF_8);
            case BYTES -> bytes;
        };
    }

    private @Nullable List<@Nullable Object> readArray(int length, Bulk bulk) throws IOException {
        if (length < 0) {
            return null;
        }
        // Not List.of: an element may be null.
        List<@Nullable Object> elements = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            elements.add(readReply(bulk));
        }
        return elements;
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\r'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("Redis closed the connection");
            }
            line.write(next);
        }
        if (in.read() != '\n') {
            throw new IOException("a line without its end: " + line);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static List<byte[]> encoded(String... words) {
        return Arrays.stream(words)
                .map(word -> word.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    private static void closeQuietly(Socket socket, IOException cause) {
        try {
            socket.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** The type that a bulk string is returned as. */
    private enum Bulk {
        TEXT,
        BYTES
    }
}
