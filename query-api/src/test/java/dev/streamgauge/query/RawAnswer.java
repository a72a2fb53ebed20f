package dev.streamgauge.query;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An answer as received on a separate connection, byte for byte, including what HTTP clients hide.
 *
 * @param status the status line
 * @param headers the header lines, sorted
 * @param body all that followed, as sent
 */
record RawAnswer(String status, List<String> headers, String body) {

    /** Sends a request without headers, and reads until the server closes. */
    static RawAnswer of(URI server, String requestLine) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            String request = requestLine + "\r\nHost: test\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int end = answer.indexOf("\r\n\r\n");
            List<String> head = answer.substring(0, end).lines().toList();
            return new RawAnswer(head.getFirst(), head.stream().skip(1).sorted().toList(), answer.substring(end + 4));
        }
    }
}
