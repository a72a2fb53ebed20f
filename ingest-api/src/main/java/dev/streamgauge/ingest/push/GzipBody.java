package dev.streamgauge.ingest.push;

import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.ingest.protocol.PushRejectedException;
import dev.streamgauge.ingest.protocol.RequestRejection;
import dev.streamgauge.server.problems.RequestError;
import java.util.Arrays;
import java.util.function.LongPredicate;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses a body of one or more gzip members, never beyond its limit, in time that depends only on the compressed
 * and the decompressed length.
 *
 * <p>The JDK's {@code GZIPInputStream} calls itself for each member, so that fifty thousand empty ones in a megabyte
 * overflow the thread's stack. It also ignores reserved flags, and anything after the last member.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1952">RFC 1952</a>
 */
final class GzipBody {

    private static final int FIRST_OUTPUT_BYTES = 8 * 1024;
    private static final int TRAILER_BYTES = 8;

    private static final int FLAG_HEADER_CRC = 1 << 1;
    private static final int FLAG_EXTRA = 1 << 2;
    private static final int FLAG_NAME = 1 << 3;
    private static final int FLAG_COMMENT = 1 << 4;
    private static final int FLAGS_RESERVED = 0b1110_0000;

    private final byte[] in;
    private final int maxBytes;
    private final LongPredicate isRoomFor;
    private int position;
    private byte[] out;
    private int size;

    private GzipBody(byte[] compressed, int maxBytes, LongPredicate isRoomFor) {
        this.in = compressed;
        this.maxBytes = maxBytes;
        this.isRoomFor = isRoomFor;
        this.out = new byte[Math.min(FIRST_OUTPUT_BYTES, maxBytes)];
    }

    /**
     * The decompressed body.
     *
     * @param isRoomFor whether there is memory for so many decompressed bytes; asked each time before more are taken
     * @throws PushRejectedException if it is not gzip, cut short, damaged, larger than the limit, or there is no memory
     */
    static byte[] decompress(byte[] compressed, int maxBytes, LongPredicate isRoomFor) {
        Inflater inflater = new Inflater(true); // without zlib's own header
        try {
            GzipBody body = new GzipBody(compressed, maxBytes, isRoomFor);
            do {
                body.readMember(inflater);
            } while (body.position < compressed.length);
            return Arrays.copyOf(body.out, body.size);
        } catch (DataFormatException e) {
            throw new PushRejectedException(RequestRejection.of(
                    400, PushError.CONTENT_ENCODING_INVALID, "body: not what Content-Encoding: gzip says"));
        } finally {
            inflater.end();
        }
    }

    private void readMember(Inflater inflater) throws DataFormatException {
        readHeader();
        int start = size;
        inflater.reset();
        inflater.setInput(in, position, in.length - position);
        while (!inflater.finished()) {
            makeRoom();
            int inflated = inflater.inflate(out, size, out.length - size);
            if (inflated == 0 && !inflater.finished() && size < out.length) {
                throw new DataFormatException("cut short"); // no input left, or a dictionary that gzip does not have
            }
            size += inflated;
        }
        position = in.length - inflater.getRemaining();
        if (size > maxBytes) {
            throw tooLarge();
        }
        readTrailer(start);
    }

    /** Makes room for up to one byte beyond the limit, to detect whether the data end at the limit. */
    private void makeRoom() {
        if (size > maxBytes) {
            throw tooLarge();
        }
        if (size == out.length) {
            int room = (int) Math.min(2L * size + 1, maxBytes + 1L);
            if (!isRoomFor.test((long) size + room)) { // both exist while the bytes are copied
                throw BodyReader.overloaded();
            }
            out = Arrays.copyOf(out, room);
        }
    }

    private PushRejectedException tooLarge() {
        return new PushRejectedException(RequestRejection.of(
                413,
                RequestError.REQUEST_TOO_LARGE,
                "body: more than " + maxBytes + " bytes after decompression; send it in parts"));
    }

    private void readHeader() throws DataFormatException {
        int start = position;
        boolean isGzip = next() == 0x1f && next() == 0x8b && next() == 8; // magic, and deflate, the only method
        int flags = isGzip ? next() : FLAGS_RESERVED;
        if ((flags & FLAGS_RESERVED) != 0) {
            throw new DataFormatException("no gzip header");
        }
        skip(6); // time, extra flags, operating system
        if ((flags & FLAG_EXTRA) != 0) {
            skip(next() | next() << 8);
        }
        if ((flags & FLAG_NAME) != 0) {
            skipText();
        }
        if ((flags & FLAG_COMMENT) != 0) {
            skipText();
        }
        if ((flags & FLAG_HEADER_CRC) != 0) {
            long expected = crc(in, start, position - start) & 0xffff;
            if ((next() | next() << 8) != expected) {
                throw new DataFormatException("damaged header");
            }
        }
    }

    private void readTrailer(int start) throws DataFormatException {
        if (in.length - position < TRAILER_BYTES) {
            throw new DataFormatException("cut short");
        }
        long crc = nextInt();
        long length = nextInt();
        if (crc != crc(out, start, size - start) || length != size - start) {
            throw new DataFormatException("damaged");
        }
    }

    private static long crc(byte[] bytes, int start, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, start, length);
        return crc.getValue();
    }

    private int next() throws DataFormatException {
        if (position == in.length) {
            throw new DataFormatException("cut short");
        }
        return in[position++] & 0xff;
    }

    private long nextInt() throws DataFormatException {
        return next() | (long) next() << 8 | (long) next() << 16 | (long) next() << 24;
    }

    private void skip(int bytes) throws DataFormatException {
        if (in.length - position < bytes) {
            throw new DataFormatException("cut short");
        }
        position += bytes;
    }

    private void skipText() throws DataFormatException {
        while (next() != 0) {
            // the text is of no use here
        }
    }
}
