package dev.streamgauge.standalone.hostile;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A connection that sends what an HTTP client would not, from another address than honest clients. */
final class RawSender implements AutoCloseable {

    private static final InetAddress ADDRESS = InetAddress.ofLiteral("127.0.0.2");
    private static final int TIMEOUT_MILLIS = 30_000;

    /** So that the operating system keeps little of an answer that is not read. */
    private static final int RECEIVE_BUFFER_BYTES = 4 * 1024;

    private final Socket socket = new Socket();

    RawSender(URI server) throws IOException {
        socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.bind(new InetSocketAddress(ADDRESS, 0));
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), TIMEOUT_MILLIS);
    }

    /** Sends bytes. Returns false if the server has closed the connection. */
    boolean send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    boolean send(String text) {
        return send(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The status of the next answer; {@code closed} if there is none. */
    String readStatus() {
        try {
            String line = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII), 1)
                    .readLine();
            return line == null ? "closed" : line.split(" ", 3)[1];
        } catch (IOException closed) {
            return "closed";
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
