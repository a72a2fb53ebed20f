package dev.streamgauge.testkit;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a server answers to the bytes of a request on a connection of its own, byte for byte, for what HTTP clients hide.
 *
 * @param status the status code, or 0 if the server closed the connection without an answer
 * @param headers the header lines, sorted
 * @param body as sent: of the announced length, or else all that followed
 */
public record RawAnswer(int status, List<String> headers, String body) {

    private static final String LENGTH = "content-length:";

    /** A server that takes longer for the next byte hangs. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /**
     * Sends a request without headers and body, after which the server closes the connection.
     *
     * @throws IOException if the server neither answers nor closes the connection in time
     */
    public static RawAnswer to(URI server, String requestLine) throws IOException {
        String request = requestLine + "\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        return to(server, request.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Sends bytes and reads the answer.
     *
     * @throws IOException if the server neither answers nor closes the connection in time
     */
    public static RawAnswer to(URI server, byte[] request) throws IOException {
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
            return read(new BufferedInputStream(socket.getInputStream()), isHead(request));
        }
    }

    private static boolean isHead(byte[] request) {
        return new String(request, 0, Math.min(5, request.length), StandardCharsets.US_ASCII).equals("HEAD ");
    }

    private static RawAnswer read(InputStream in, boolean hasNoBody) throws IOException {
        String statusLine = readLine(in);
        if (statusLine.isEmpty()) {
            return new RawAnswer(0, List.of(), "");
        }
        int length = Integer.MAX_VALUE;
        List<String> headers = new ArrayList<>();
        for (String header = readLine(in); !header.isEmpty(); header = readLine(in)) {
            headers.add(header);
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith(LENGTH)) {
                length = Integer.parseInt(lower.substring(LENGTH.length()).strip());
            }
        }
        byte[] body = in.readNBytes(hasNoBody ? Integer.MAX_VALUE : length); // a body after HEAD would be an error
        return new RawAnswer(
                Integer.parseInt(statusLine.split(" ", 3)[1]),
                headers.stream().sorted().toList(),
                new String(body, StandardCharsets.UTF_8));
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
