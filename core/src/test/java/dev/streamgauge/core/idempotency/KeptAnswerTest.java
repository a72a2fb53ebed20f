package dev.streamgauge.core.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.idempotency.KeptAnswer.Counted;
import dev.streamgauge.core.idempotency.KeptAnswer.KeptError;
import dev.streamgauge.core.idempotency.KeptAnswer.Rendered;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeptAnswerTest {

    private static List<SampleRejection> rejections(int count, Reason reason) {
        return IntStream.range(0, count)
                .mapToObj(index -> new SampleRejection(index, reason, "m".repeat(500)))
                .toList();
    }

    @Test
    void encode_isAsDocumented() {
        Counted kept = Counted.of(7, rejections(1, Reason.TYPE_CONFLICT));

        byte[] encoded = kept.encode();

        assertThat(HexFormat.of().formatHex(encoded))
                .isEqualTo("000000070000000101" + "000000000d"
                        + HexFormat.of().formatHex("type-conflict".getBytes(StandardCharsets.US_ASCII)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 100, 10_000})
    void decode_readsWhatEncodeWrote(int rejected) {
        Counted kept = Counted.of(5, rejections(rejected, Reason.LABEL_INVALID));

        assertThat(KeptAnswer.decode("2", kept.encode())).contains(kept);
        assertThat(kept.rejected()).isEqualTo(rejected);
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void of_keepsTheFirstErrors_asManyAsFitIntoARecord(Reason reason) {
        Counted kept = Counted.of(1, rejections(10_000, reason));

        int length = KeptAnswer.HEADER_LENGTH + kept.encode().length;
        int oneMore = 5 + reason.id().length();

        assertThat(length).isLessThanOrEqualTo(512);
        assertThat(length + oneMore).isGreaterThan(512);
        assertThat(kept.errors()).first().isEqualTo(new KeptError(0, reason.id()));
    }

    @Test
    void of_keepsAtLeastADozenErrors_whateverTheReason() {
        Reason longest = Arrays.stream(Reason.values())
                .max(Comparator.comparingInt(reason -> reason.id().length()))
                .orElseThrow();

        assertThat(Counted.of(1, rejections(100, longest)).errors()).hasSizeGreaterThanOrEqualTo(12);
    }

    @Test
    void decode_givesTheBody_ofVersion1() {
        byte[] body = {'{', '}'};

        assertThat(KeptAnswer.decode("1", body)).contains(new Rendered(body));
    }

    @Test
    void decode_givesNothing_whenTheVersionIsUnknown() {
        assertThat(KeptAnswer.decode("3", new byte[9])).isEmpty();
    }

    @Test
    void decode_givesNothing_whenTheRecordIsCutShortOrTooLong() {
        byte[] whole = Counted.of(5, rejections(2, Reason.LABEL_INVALID)).encode();

        for (int length = 0; length < whole.length; length++) {
            assertThat(KeptAnswer.decode("2", Arrays.copyOf(whole, length)))
                    .as("%d bytes", length)
                    .isEmpty();
        }
        assertThat(KeptAnswer.decode("2", Arrays.copyOf(whole, whole.length + 1)))
                .isEmpty();
    }
}
