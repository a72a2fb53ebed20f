package dev.streamgauge.server.connections;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection of HTTP/2 without TLS, of which a test sends each frame. It has one stream. */
final class RawHttp2 implements AutoCloseable {

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;

    private final Socket socket;
    private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
    private boolean wasReset;

    RawHttp2(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        unsent.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(SETTINGS, 0, 0, new byte[0]);
    }

    private void frame(int type, int flags, int stream, byte[] payload) {
        unsent.writeBytes(
                new byte[] {0, (byte) (payload.length >> 8), (byte) payload.length, (byte) type, (byte) flags, 0, 0, 0
                });
        unsent.write(stream);
        unsent.writeBytes(payload);
    }

    /** The head of a request. Names and values are written as they are, with the indexes of RFC 7541, appendix A. */
    RawHttp2 post(String contentLength) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(new byte[] {(byte) 0x83, (byte) 0x86, (byte) 0x84}); // :method POST, :scheme http, :path /
        block.writeBytes(new byte[] {0x01, 1, 'x'}); // :authority
        if (!contentLength.isEmpty()) {
            block.writeBytes(new byte[] {0x0f, 28 - 15, (byte) contentLength.length()});
            block.writeBytes(contentLength.getBytes(StandardCharsets.US_ASCII));
        }
        frame(HEADERS, END_HEADERS, 1, block.toByteArray());
        return this;
    }

    RawHttp2 data(int bytes) {
        frame(DATA, 0, 1, new byte[bytes]);
        return this;
    }

    /** Sends everything, and returns when the server has handled it. */
    RawHttp2 flush() throws IOException {
        frame(PING, 0, 0, new byte[Long.BYTES]);
        socket.getOutputStream().write(unsent.toByteArray());
        unsent.reset();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        while (true) {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            in.skipNBytes(Integer.BYTES + length);
            wasReset |= type == RST_STREAM;
            if (type == PING && flags == ACK) {
                return this;
            }
        }
    }

    /** Whether the server has reset the stream. */
    boolean wasReset() {
        return wasReset;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
