package dev.streamgauge.redis.reclaim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.redis.RealRedis;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Sets when an entry was last delivered, also to a time that is ahead, as a step of the clock leaves it. {@code XCLAIM}
 * allows no such time, so this rewrites the stream in its serialized form (RDB): there, an entry that is pending in a
 * group is its id, the time in Unix ms, and the number of deliveries. The last 8 bytes are a checksum.
 */
final class DeliveryTime {

    private static final int CHECKSUM = Long.BYTES;

    private DeliveryTime() {}

    static void set(RealRedis redis, String stream, EntryId id, long millis) {
        byte[] serialized = redis.serialized(stream);
        ByteBuffer buffer = ByteBuffer.wrap(serialized);
        long now = redis.nowMillis();
        int found = 0;
        for (int i = 0; i + 3 * Long.BYTES <= serialized.length - CHECKSUM; i++) {
            buffer.order(ByteOrder.BIG_ENDIAN);
            boolean isId = buffer.getLong(i) == id.millis() && buffer.getLong(i + Long.BYTES) == id.sequence();
            buffer.order(ByteOrder.LITTLE_ENDIAN);
            if (isId && Math.abs(buffer.getLong(i + 2 * Long.BYTES) - now) < 10_000_000) {
                buffer.putLong(i + 2 * Long.BYTES, millis);
                found++;
            }
        }
        assertThat(found).isEqualTo(1);
        int end = serialized.length - CHECKSUM;
        buffer.putLong(end, checksum(serialized, end));
        redis.restore(stream, serialized);
    }

    /** CRC-64 of Redis' crc64.c: polynomial 0xad93d23594c935a9, reflected, without complements. */
    private static long checksum(byte[] bytes, int length) {
        long polynomial = Long.reverse(0xad93d23594c935a9L);
        long crc = 0;
        for (int i = 0; i < length; i++) {
            crc ^= bytes[i] & 0xff;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                crc = (crc & 1) == 1 ? crc >>> 1 ^ polynomial : crc >>> 1;
            }
        }
        return crc;
    }
}
