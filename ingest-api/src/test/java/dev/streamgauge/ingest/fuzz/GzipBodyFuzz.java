package dev.streamgauge.ingest.fuzz;

import dev.streamgauge.ingest.push.PushedGzip;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Anything sent as gzip is decompressed within its limit or rejected. The result equals that of the JDK's reader, which
 * is laxer, and a compressed body is restored.
 */
public final class GzipBodyFuzz {

    private static final int MAX_BYTES = 1 << 20;

    private GzipBodyFuzz() {}

    /** Called by Jazzer, by this name. */
    public static void fuzzerTestOneInput(byte[] input) {
        Heap.bounded(input, 100, () -> checkUntrusted(input));
        byte[] back = PushedGzip.decompress(compress(input), MAX_BYTES);
        if (!Arrays.equals(input, back)) {
            throw new AssertionError("what was compressed does not come back");
        }
    }

    private static void checkUntrusted(byte[] input) {
        byte[] body = PushedGzip.decompress(input, MAX_BYTES);
        if (body.length > MAX_BYTES) {
            throw new AssertionError("more than the limit: " + body.length);
        }
        if (body.length > 0 && !Arrays.equals(body, decompressLaxly(input))) {
            throw new AssertionError("other bytes than the JDK's reader finds");
        }
    }

    private static byte[] compress(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory does not fail", e);
        }
        return out.toByteArray();
    }

    private static byte[] decompressLaxly(byte[] bytes) {
        try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return gzip.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError("the JDK's reader rejects what ours accepts", e);
        }
    }
}
