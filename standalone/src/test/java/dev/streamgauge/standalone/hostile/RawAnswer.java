package dev.streamgauge.standalone.hostile;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * What a server says to the bytes of a request, on a connection of its own.
 *
 * @param status of the answer, or 0 if the server closed the connection without one
 * @param body as text
 * @param took from the connection to the end of the answer
 */
record RawAnswer(int status, String body, Duration took) {

    private static final String LENGTH = "content-length:";
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /**
     * Sends bytes and reads the answer.
     *
     * @throws IOException if the server does neither answer nor close the connection in time
     */
    static RawAnswer to(URI server, byte[] request) throws IOException {
        long startNanos = System.nanoTime();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), (int) TIMEOUT.toMillis());
            socket.setSoTimeout((int) TIMEOUT.toMillis());
            OutputStream out = socket.getOutputStream();
            Thread.startVirtualThread(() -> {
                try {
                    out.write(request);
                } catch (IOException closed) {
                    // The server may answer and close before it has read everything; only the answer counts.
                }
            });
            return read(new BufferedInputStream(socket.getInputStream()), startNanos);
        }
    }

    private static RawAnswer read(InputStream in, long startNanos) throws IOException {
        String statusLine = readLine(in);
        if (statusLine.isEmpty()) {
            return new RawAnswer(0, "", Duration.ofNanos(System.nanoTime() - startNanos));
        }
        int length = 0;
        for (String header = readLine(in); !header.isEmpty(); header = readLine(in)) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith(LENGTH)) {
                length = Integer.parseInt(lower.substring(LENGTH.length()).strip());
            }
        }
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        return new RawAnswer(
                Integer.parseInt(statusLine.split(" ", 3)[1]), body, Duration.ofNanos(System.nanoTime() - startNanos));
    }

    /** The next line without its end; empty at the end of the connection, too. */
    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        try {
            for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
                line.append((char) next);
            }
        } catch (SocketException reset) {
            return ""; // closed, while bytes were still on their way
        }
        return line.toString().strip();
    }
}
