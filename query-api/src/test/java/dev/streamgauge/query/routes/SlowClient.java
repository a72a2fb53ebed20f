package dev.streamgauge.query.routes;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A client that sends a request, and reads into a small buffer only when a test calls a read method. */
public final class SlowClient implements AutoCloseable {

    private static final Duration READ_TIMEOUT = Duration.ofSeconds(30);
    private static final int SMALL = 4096;

    private final Socket socket = new Socket();
    private final InputStream in;

    /** Connects. */
    public SlowClient(URI server) throws IOException {
        socket.setReceiveBufferSize(SMALL); // before connecting, or the window grows to megabytes
        socket.setSoTimeout(Math.toIntExact(READ_TIMEOUT.toMillis()));
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
        in = new BufferedInputStream(socket.getInputStream(), SMALL);
    }

    /** Connects and sends a request. */
    public SlowClient(URI server, String requestLine) throws IOException {
        this(server);
        send(requestLine);
    }

    /** Sends a request without headers. */
    public void send(String requestLine) throws IOException {
        socket.getOutputStream()
                .write((requestLine + "\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads the status line and the headers. */
    public String readHead() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed in the head: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** Reads a chunked body; fails if the connection breaks before its last chunk. */
    public String readChunkedBody() throws IOException {
        StringBuilder body = new StringBuilder();
        while (true) {
            int length = Integer.parseInt(readLine(), 16);
            byte[] chunk = in.readNBytes(length);
            if (chunk.length < length) {
                throw new IOException("closed in a chunk");
            }
            readLine();
            if (length == 0) {
                return body.toString();
            }
            body.append(new String(chunk, StandardCharsets.UTF_8));
        }
    }

    /** Reads until the server closes the connection; the number of bytes. */
    public long readToEnd() throws IOException {
        return in.readAllBytes().length;
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("closed between chunks");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
