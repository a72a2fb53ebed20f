package dev.streamgauge.benchmarks.isolation;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One connection that sends the same push again and again. A general HTTP client takes about ten times the CPU, which
 * it would take from the processes that are measured: all share the machine.
 */
final class PushConnection implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;
    private final byte[] request;

    PushConnection(int port, String tenant, int samples) throws IOException {
        this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
        this.socket.setTcpNoDelay(true);
        this.socket.setSoTimeout(TIMEOUT_MILLIS);
        this.in = new BufferedInputStream(socket.getInputStream(), 4096);
        this.request = request(tenant, samples);
    }

    private static byte[] request(String tenant, int samples) {
        StringBuilder body = new StringBuilder("[");
        for (int i = 0; i < samples; i++) {
            body.append(i == 0 ? "" : ",").append("""
                            {"name":"requests_total","type":"counter","value":1,"labels":{"method":"GET","status":"200",\
                            "path":"/items/%s"}}""".formatted(i));
        }
        body.append(']');
        String head = """
                POST /api/v1/metrics HTTP/1.1\r
                Host: localhost\r
                Content-Type: application/json\r
                X-Scope-OrgID: %s\r
                Content-Length: %s\r
                \r
                """.formatted(tenant, body.length());
        return (head + body).getBytes(StandardCharsets.US_ASCII);
    }

    /** Sends it and reads the answer; the status. */
    int push() throws IOException {
        socket.getOutputStream().write(request);
        String status = readLine();
        int length = 0;
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(line.substring(15).strip());
            }
        }
        in.skipNBytes(length);
        return Integer.parseInt(status.substring(9, 12));
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
        socket.close();
    }
}
