package dev.streamgauge.ingest.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.ingest.protocol.PushRejectedException;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.testkit.ShortForms;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read as gzip; what is not, and how that is answered, is in the corpus of hostile input. */
class GzipBodyTest {

    /** The ten bytes of a header with these flags, in {@link ShortForms}. */
    private static byte[] header(String flags) {
        return ShortForms.expand("<1f><8b><08><" + flags + "><00><00><00><00><00><03>");
    }

    private static byte[] gzip(byte[] body) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** A member without its header. */
    private static byte[] data(byte[] member) {
        return Arrays.copyOfRange(member, 10, member.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8191, 8192, 8193, 100_000})
    void decompress_givesWhatWasCompressed_upToItsLimit(int length) {
        byte[] body = new byte[length];
        new Random(length).nextBytes(body);

        assertThat(GzipBody.decompress(gzip(body), Math.max(1, length), any -> true))
                .isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8192, 8193, 100_000})
    void decompress_rejects_oneByteBeyondTheLimit(int length) {
        assertThatExceptionOfType(PushRejectedException.class)
                .isThrownBy(() -> GzipBody.decompress(gzip(new byte[length]), length - 1, any -> true))
                .matches(rejection -> rejection.rejection().reason() == RequestError.REQUEST_TOO_LARGE);
    }

    @Test
    void decompress_joinsMembers() {
        byte[] members =
                joined(gzip("ab".getBytes(StandardCharsets.US_ASCII)), gzip(new byte[0]), gzip(new byte[] {'c'}));

        assertThat(GzipBody.decompress(members, 3, any -> true))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("abc");
        assertThatExceptionOfType(PushRejectedException.class)
                .isThrownBy(() -> GzipBody.decompress(members, 2, any -> true))
                .matches(rejection -> rejection.rejection().reason() == RequestError.REQUEST_TOO_LARGE);
    }

    @Test
    void decompress_passesOverOptionalFields() {
        byte[] plain = gzip("abc".getBytes(StandardCharsets.US_ASCII));
        byte[] head = joined(header("1e"), ShortForms.expand("<02><00>xxname<00>comment<00>"));
        CRC32 crc = new CRC32();
        crc.update(head);
        byte[] checked = joined(head, new byte[] {(byte) crc.getValue(), (byte) (crc.getValue() >> 8)}, data(plain));

        assertThat(GzipBody.decompress(checked, 10, any -> true))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("abc");
        checked[12] ^= 1; // within the extra field, which only the header's checksum covers
        assertThatExceptionOfType(PushRejectedException.class)
                .isThrownBy(() -> GzipBody.decompress(checked, 10, any -> true))
                .matches(rejection -> rejection.rejection().reason() == PushError.CONTENT_ENCODING_INVALID);
    }

    @Test
    void decompress_rejectsEveryPrefix() {
        byte[] compressed = gzip("some text, some text".getBytes(StandardCharsets.US_ASCII));
        for (int length = 0; length < compressed.length; length++) {
            byte[] cut = Arrays.copyOf(compressed, length);

            assertThatExceptionOfType(PushRejectedException.class)
                    .as("%d bytes", length)
                    .isThrownBy(() -> GzipBody.decompress(cut, 100, any -> true))
                    .matches(rejection -> rejection.rejection().reason() == PushError.CONTENT_ENCODING_INVALID);
        }
    }
}
