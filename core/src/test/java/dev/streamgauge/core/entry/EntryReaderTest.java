package dev.streamgauge.core.entry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.streamgauge.core.SampleArbitraries;
import dev.streamgauge.core.aggregation.AggregationKinds;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryReaderTest {

    /** Damaged copies of each entry. */
    private static final int MUTANTS = 20;

    private static final TenantId SHOP = new TenantId("shop");
    private static final EntryId POSITION = new EntryId(1_763_700_000_000L, 0);

    @Provide
    Arbitrary<List<Sample>> requests() {
        return SampleArbitraries.requests(SampleArbitraries.finites());
    }

    @Property
    void read_rejects_whenEntryIsCutShort(@ForAll("requests") List<Sample> request, @ForAll Random random) {
        byte[] entry = EntryWriter.encode(SHOP, request).getFirst();

        byte[] cut = Arrays.copyOf(entry, random.nextInt(entry.length));

        assertThatExceptionOfType(MalformedEntryException.class)
                .isThrownBy(() -> EntryReader.read(cut, AggregationKinds.ALL, new RecordedSamples()));
    }

    @Property
    void read_rejects_whenBytesFollow(@ForAll("requests") List<Sample> request, @ForAll byte more) {
        byte[] entry = EntryWriter.encode(SHOP, request).getFirst();

        byte[] longer = Arrays.copyOf(entry, entry.length + 1);
        longer[entry.length] = more;

        assertThatExceptionOfType(MalformedEntryException.class)
                .isThrownBy(() -> EntryReader.read(longer, AggregationKinds.ALL, new RecordedSamples()))
                .withMessage("bytes after the last sample");
    }

    @Property
    void firstSeries_isEqual_whenTenantAndFirstLabelsAre(
            @ForAll("requests") List<Sample> request, @ForAll("requests") List<Sample> other) {
        byte[] entry = EntryWriter.encode(SHOP, request).getFirst();
        byte[] otherEntry = EntryWriter.encode(SHOP, other).getFirst();
        boolean isLike = request.getFirst().labels().equals(other.getFirst().labels());

        assertThat(Arrays.equals(EntryReader.firstSeries(entry), EntryReader.firstSeries(otherEntry)))
                .isEqualTo(isLike);
        assertThat(EntryReader.firstSeries(
                        EntryWriter.encode(new TenantId("bank"), request).getFirst()))
                .isNotEqualTo(EntryReader.firstSeries(entry));
    }

    @Test
    void firstSeries_isNothing_whenEntryIsUnreadable() {
        assertThat(EntryReader.firstSeries(new byte[] {1, 4, 's', 'h'})).isEmpty();
    }

    @Property
    void familyNames_areThoseOfTheSamples(@ForAll("requests") List<Sample> request) {
        List<String> names = EntryWriter.encode(SHOP, request).stream()
                .map(EntryReader::familyNames)
                .flatMap(List::stream)
                .distinct()
                .toList();

        assertThat(names)
                .containsExactlyInAnyOrderElementsOf(request.stream()
                        .map(sample -> sample.family().name())
                        .distinct()
                        .toList());
    }

    @Property
    void familyNames_areThoseBeforeTheCut_whenEntryIsCutShort(
            @ForAll("requests") List<Sample> request, @ForAll Random random) {
        byte[] entry = EntryWriter.encode(SHOP, request).getFirst();

        byte[] cut = Arrays.copyOf(entry, random.nextInt(entry.length));

        List<String> all = EntryReader.familyNames(entry);
        List<String> some = EntryReader.familyNames(cut);
        assertThat(some).isEqualTo(all.subList(0, some.size()));
    }

    @Property
    void read_readsOrRejects_whenBitsAreFlipped(@ForAll("requests") List<Sample> request, @ForAll Random random) {
        byte[] entry = EntryWriter.encode(SHOP, request).getFirst();

        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = entry.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                mutant[random.nextInt(mutant.length)] ^= (byte) (1 << random.nextInt(8));
            }
            readOrReject(mutant);
        }
    }

    @Property
    void read_readsOrRejects_whenBytesAreReplaced(@ForAll("requests") List<Sample> request, @ForAll Random random) {
        byte[] entry = EntryWriter.encode(SHOP, request).getFirst();

        for (int i = 0; i < MUTANTS; i++) {
            byte[] replacement = new byte[1 + random.nextInt(12)];
            random.nextBytes(replacement);
            byte[] mutant = entry.clone();
            int at = random.nextInt(mutant.length);
            System.arraycopy(replacement, 0, mutant, at, Math.min(replacement.length, mutant.length - at));
            readOrReject(mutant);
        }
    }

    @Property
    void read_readsOrRejects_whenBytesAreAny(@ForAll @Size(max = 200) byte[] bytes) {
        byte[] entry = new byte[bytes.length + 1];
        entry[0] = EntryWriter.VERSION;
        System.arraycopy(bytes, 0, entry, 1, bytes.length);

        readOrReject(entry);
    }

    /** Any other exception than the declared one fails the property. */
    private static void readOrReject(byte[] entry) {
        boolean headerReads = EntryReader.header(entry).isPresent();
        boolean reads = reads(entry);
        if (reads) {
            assertThat(headerReads).isTrue();
        }
        // The batch may also find that one family contradicts another.
        try {
            new FoldBatch().add(POSITION, entry);
            assertThat(reads).isTrue();
        } catch (MalformedEntryException e) {
            assertThat(e).hasMessageNotContaining("\n");
        }
    }

    private static boolean reads(byte[] entry) {
        try {
            EntryReader.read(entry, AggregationKinds.ALL, new RecordedSamples());
            return true;
        } catch (MalformedEntryException e) {
            return false;
        }
    }

    /** Hex, and texts in single quotes; the tenant is t, the family is named f. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # counter, gauge, histogram, summary that read
            01 01 't' 01 01 01 'f' 'c' 00 00 00 3ff0000000000000                       | reads
            01 01 't' 01 01 01 'f' 'g' 00 00 00 00 00 3ff0000000000000                 | reads
            01 01 't' 01 01 01 'f' 'h' 00 00 00 00 01 3ff0000000000000                 | reads
            01 01 't' 01 01 01 'f' 'h' 00 00 00 00 00 3ff0000000000000 05              | reads
            01 01 't' 01 01 01 'f' 's' 00 00 00 01 3ff0000000000000                    | reads
            01 01 't' 00 00                                                            | reads
            # version
            ``                                                                         | cut short
            00                                                                         | unknown version 0
            02 01 't' 00 00                                                            | unknown version 2
            # tenant
            01 00 00 00                                                                | tenant id breaks the rule
            01 01 '/' 00 00                                                            | tenant id breaks the rule
            01 05 't'                                                                  | cut short
            01 02 't'                                                                  | cut short
            # numbers of things
            01 01 't' 05 00                                                            | cut short
            01 01 't' ffffffff07 00                                                    | cut short
            01 01 't' ffffffffffffffff7f 00                                            | cut short
            01 01 't' ffffffffffffffffff01 00                                          | a varint too long
            01 01 't' 00 7f                                                            | cut short
            01 01 't' 01                                                               | cut short
            # families
            01 01 't' 01 01 01 'f' 'x' 00 00 00 3ff0000000000000                       | unknown type
            01 01 't' 01 01 01 'f' 'h' 904e                                            | an index out of range
            01 01 't' 01 01 01 'f' 'h' 01                                              | cut short
            01 01 't' 01 01 01 'f' 'h' 01 7ff0000000000000                             | a number that is not finite
            01 01 't' 01 01 01 'f' 'h' 02 3ff0000000000000 3ff0000000000000            | bounds not ascending
            01 01 't' 01 01 01 'f' 'c' 01 00 00 3ff0000000000000                       | an index out of range
            01 01 't' 01 00 00 00 00 3ff0000000000000                                  | an index out of range
            # labels
            01 01 't' 01 01 01 'f' 'c' 00 01 00 3ff0000000000000                       | an index out of range
            01 01 't' 01 01 01 'f' 'c' 00 00 09 3ff0000000000000                       | cut short
            # values
            01 01 't' 01 01 01 'f' 'c' 00 00 00 3ff00000000000                         | cut short
            01 01 't' 01 01 01 'f' 'c' 00 00 00 bff0000000000000                       | a negative increment
            01 01 't' 01 01 01 'f' 'c' 00 00 00 7ff0000000000000                       | a number that is not finite
            01 01 't' 01 01 01 'f' 'c' 00 00 00 7ff8000000000000                       | a number that is not finite
            01 01 't' 01 01 01 'f' 'g' 00 00 00 ffffffff07 00 3ff0000000000000         | an index out of range
            01 01 't' 01 01 01 'f' 's' 00 00 00 00                                     | a summary without values
            01 01 't' 01 01 01 'f' 's' 00 00 00 02 3ff0000000000000                    | cut short
            01 01 't' 01 01 01 'f' 'h' 00 00 00 00 00 3ff0000000000000                 | cut short
            01 01 't' 01 01 01 'f' 'c' 00 00 00 3ff0000000000000 00                    | bytes after the last sample
            """)
    void read_namesTheFlaw_whenEntryHasOne(String entry, String outcome) {
        assertThat(outcomeOf(bytes(entry))).isEqualTo(outcome);
    }

    @Test
    void header_isEmpty_whenItIsMalformed() {
        assertThat(EntryReader.header(bytes("02 01 't' 00 00"))).isEmpty();
        assertThat(EntryReader.header(bytes("01 01 't'"))).isEmpty();
    }

    @Test
    void header_reads_whenTheRestIsMalformed() {
        assertThat(EntryReader.header(bytes("01 01 't' 02 ff ff")))
                .contains(new EntryReader.Header(new TenantId("t"), 2));
    }

    @Test
    void version_isTheFirstByte() {
        assertThat(EntryReader.version(bytes("ff"))).isEqualTo(255);
        assertThat(EntryReader.version(new byte[0])).isEqualTo(0);
    }

    private static String outcomeOf(byte[] entry) {
        try {
            EntryReader.read(entry, AggregationKinds.ALL, new RecordedSamples());
            return "reads";
        } catch (MalformedEntryException e) {
            return e.getMessage();
        }
    }

    private static byte[] bytes(String notation) {
        StringBuilder hex = new StringBuilder();
        for (String word : notation.split(" ", -1)) {
            hex.append(
                    word.startsWith("'")
                            ? HexFormat.of().formatHex(word.replace("'", "").getBytes(StandardCharsets.UTF_8))
                            : word);
        }
        return HexFormat.of().parseHex(hex);
    }
}
