package dev.streamgauge.benchmarks.isolation;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * A connection that sends requests as they are, one after the other, and is opened again when the server has closed it. A
 * general HTTP client takes about ten times the CPU, which it would take from the processes that are measured: all share
 * the machine. Not thread-safe.
 */
final class HttpConnection implements AutoCloseable {

    /** The status of a request whose connection the server closed without a response. */
    static final int NO_RESPONSE = 0;

    private static final int TIMEOUT_MILLIS = 20_000;

    private final int port;
    private @Nullable Socket socket;
    private InputStream in = InputStream.nullInputStream();

    HttpConnection(int port) {
        this.port = port;
    }

    /** Sends a request and reads its response to the end; the status. */
    int exchange(byte[] request) throws IOException {
        Socket open = open();
        try {
            open.getOutputStream().write(request);
            return readResponse();
        } catch (EOFException | SocketException e) {
            close();
            return NO_RESPONSE;
        }
    }

    private Socket open() throws IOException {
        if (socket == null) {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        }
        return socket;
    }

    private int readResponse() throws IOException {
        String status = readLine();
        int length = 0;
        boolean isChunked = false;
        boolean closes = false;
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(line.substring(15).strip());
            }
            isChunked |= line.equalsIgnoreCase("transfer-encoding: chunked");
            closes |= line.equalsIgnoreCase("connection: close");
        }
        if (isChunked) {
            skipChunks();
        } else {
            in.skipNBytes(length);
        }
        if (closes) {
            close();
        }
        return Integer.parseInt(status.substring(9, 12));
    }

    private void skipChunks() throws IOException {
        int length;
        do {
            length = Integer.parseInt(readLine(), 16);
            in.skipNBytes(length);
            readLine();
        } while (length > 0);
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}
