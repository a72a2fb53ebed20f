package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;

/** Decompresses a body, never beyond its limit. */
final class GzipBody {

    private static final int BUFFER_BYTES = 8 * 1024;

    private GzipBody() {}

    /**
     * The decompressed body.
     *
     * @throws PushRefusedException if it is no gzip, cut short, or larger than the limit
     */
    static byte[] decompress(byte[] compressed, int maxBytes) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed), BUFFER_BYTES)) {
            byte[] body = in.readNBytes(maxBytes);
            if (in.read() >= 0) {
                throw new PushRefusedException(
                        413,
                        Reason.REQUEST_TOO_LARGE,
                        "body: more than " + maxBytes + " bytes after decompression; send it in parts");
            }
            return body;
        } catch (IOException e) {
            throw new PushRefusedException(
                    400, Reason.CONTENT_ENCODING_INVALID, "body: not what Content-Encoding: gzip says");
        }
    }
}
