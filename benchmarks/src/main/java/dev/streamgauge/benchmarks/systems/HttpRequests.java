package dev.streamgauge.benchmarks.systems;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/** HTTP requests as bytes. */
final class HttpRequests {

    private HttpRequests() {}

    /**
     * A POST.
     *
     * @param headers further lines, each with its CRLF
     */
    static byte[] post(String path, String headers, byte[] body, boolean isGzip) {
        byte[] sent = isGzip ? gzip(body) : body;
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers
                + (isGzip ? "Content-Encoding: gzip\r\n" : "") + "Content-Length: " + sent.length + "\r\n\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(sent);
        return request.toByteArray();
    }

    private static byte[] gzip(byte[] body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
