package dev.streamgauge.ingest;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A connection that sends the bytes that a test gives it, when it gives them. */
public final class RawConnection implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final Socket socket = new Socket();
    private final InputStream in;

    private RawConnection() throws IOException {
        URI address = Sender.address("/");
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), (int) TIMEOUT.toMillis());
        socket.setSoTimeout((int) TIMEOUT.toMillis());
        in = new BufferedInputStream(socket.getInputStream());
    }

    public static RawConnection open() {
        try {
            return new RawConnection();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The head of a push; header lines as {@code "Name: value"}. */
    public static String head(String tenant, String... headers) {
        return """
                POST /api/v1/metrics HTTP/1.1
                Host: localhost
                X-Scope-OrgID: %s
                %s

                """.formatted(tenant, String.join("\n", headers)).replace("\n", "\r\n");
    }

    /** A whole push. */
    public static String push(String tenant, String body) {
        return head(tenant, "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length) + body;
    }

    public RawConnection send(String text) {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    public RawConnection send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next answer, which may be an interim one; waits for it. */
    public Answer readAnswer() {
        try {
            int status = Integer.parseInt(readLine().split(" ", 3)[1]);
            Map<String, List<String>> headers = new LinkedHashMap<>();
            for (String line = readLine(); !line.isEmpty(); line = readLine()) {
                int colon = line.indexOf(':');
                headers.computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>())
                        .add(line.substring(colon + 1).strip());
            }
            HttpHeaders read = HttpHeaders.of(headers, (name, value) -> true);
            int length = (int) read.firstValueAsLong("Content-Length").orElse(0);
            return new Answer(status, read, in.readNBytes(length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether something of an answer has come. */
    public boolean hasAnswer() {
        try {
            return in.available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the server to close the connection; fails the test if it sends something instead. */
    public boolean isClosedByServer() {
        try {
            return in.read() < 0;
        } catch (SocketException e) {
            return true; // reset
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("closed by the server after: " + line);
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }
}
