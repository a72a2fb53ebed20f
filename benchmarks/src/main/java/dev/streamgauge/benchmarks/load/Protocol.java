package dev.streamgauge.benchmarks.load;

import java.nio.charset.StandardCharsets;

/** Where an answer ends. */
public enum Protocol {
    /** HTTP/1.1 with a {@code Content-Length}, which all servers here send for the small answers to a push. */
    HTTP {
        @Override
        long parse(byte[] bytes, int length) {
            int headEnd = headEnd(bytes, length);
            if (headEnd < 0) {
                return INCOMPLETE;
            }
            int status = 100 * (bytes[9] - '0') + 10 * (bytes[10] - '0') + bytes[11] - '0';
            int bodyLength = status == 204 ? 0 : contentLength(bytes, headEnd);
            long end = headEnd + (long) bodyLength;
            return end > length ? INCOMPLETE : (end << 16) | status;
        }
    },
    /** Redis' protocol with an integer for an answer; it counts as 200, an error as 500. */
    RESP {
        @Override
        long parse(byte[] bytes, int length) {
            if (length < 3 || bytes[length - 1] != '\n') {
                return INCOMPLETE;
            }
            return ((long) length << 16) | (bytes[0] == ':' ? 200 : 500);
        }
    };

    static final long INCOMPLETE = -1;
    private static final byte[] CONTENT_LENGTH = "content-length:".getBytes(StandardCharsets.US_ASCII);

    /** The answer's length, shifted by 16, and its status; or {@link #INCOMPLETE}. */
    abstract long parse(byte[] bytes, int length);

    private static int headEnd(byte[] bytes, int length) {
        for (int i = 3; i < length; i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    private static int contentLength(byte[] bytes, int headEnd) {
        for (int line = 0; line < headEnd; line++) {
            if (bytes[line] == '\n' && isContentLength(bytes, line + 1)) {
                int value = 0;
                for (int i = line + 1 + CONTENT_LENGTH.length; bytes[i] != '\r'; i++) {
                    if (bytes[i] != ' ') {
                        value = 10 * value + bytes[i] - '0';
                    }
                }
                return value;
            }
        }
        throw new IllegalStateException(
                "an answer without Content-Length: " + new String(bytes, 0, headEnd, StandardCharsets.US_ASCII));
    }

    private static boolean isContentLength(byte[] bytes, int from) {
        for (int i = 0; i < CONTENT_LENGTH.length; i++) {
            if (from + i >= bytes.length || (bytes[from + i] | 0x20) != (CONTENT_LENGTH[i] | 0x20)) {
                return false;
            }
        }
        return true;
    }
}
