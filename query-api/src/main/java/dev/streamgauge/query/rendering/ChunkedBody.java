package dev.streamgauge.query.rendering;

import dev.streamgauge.core.exposition.ExpositionFormat;
import dev.streamgauge.core.exposition.ExpositionWriter;
import dev.streamgauge.query.negotiation.ContentCoding;
import dev.streamgauge.query.scrape.CoalescedScrape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Encodes the body of a scrape: takes an exposition, and publishes encoded chunks of about 64 KiB. Not thread-safe. */
public final class ChunkedBody implements AutoCloseable {

    private static final int CHUNK_BYTES = 64 * 1024;

    private final CoalescedScrape scrape;
    private final ExpositionWriter writer;
    private final ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    private final OutputStream encoder;

    public ChunkedBody(ExpositionFormat format, ContentCoding coding, CoalescedScrape scrape) {
        this.scrape = scrape;
        this.writer = format.newWriter(CHUNK_BYTES + CHUNK_BYTES / 4);
        this.encoder = switch (coding) {
            case IDENTITY -> encoded;
            case GZIP -> fastGzip(encoded);
        };
    }

    /** Writes the body. */
    ExpositionWriter writer() {
        return writer;
    }

    /** Publishes what was written if it fills a chunk. False if no subscriber is left. May wait for subscribers. */
    boolean flush() {
        if (writer.size() < CHUNK_BYTES) {
            return true;
        }
        encode();
        return encoded.size() < CHUNK_BYTES || publish();
    }

    /** Ends the body; the last chunk, which is not published yet. */
    public byte[] finish() {
        writer.end();
        encode();
        close();
        return encoded.toByteArray();
    }

    private void encode() {
        try {
            encoder.write(writer.take());
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory does not fail", e);
        }
    }

    private boolean publish() {
        byte[] chunk = encoded.toByteArray();
        encoded.reset();
        boolean wanted = scrape.publish(chunk);
        yieldCore();
        return wanted;
    }

    /** A virtual thread that computes keeps its core until it yields. */
    @SuppressWarnings("ThreadPriorityCheck") // fairness, not correctness
    private static void yieldCore() {
        Thread.yield();
    }

    /** Frees the encoder's memory. */
    @Override
    public void close() {
        try {
            encoder.close();
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory does not fail", e);
        }
    }

    private static OutputStream fastGzip(OutputStream out) {
        try {
            return new FastGzip(out);
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory does not fail", e);
        }
    }

    /** Level 1: twice as fast as the default, for bodies a fifth longer. */
    private static final class FastGzip extends GZIPOutputStream {

        private FastGzip(OutputStream out) throws IOException {
            super(out, CHUNK_BYTES / 8);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
