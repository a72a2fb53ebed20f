package dev.streamgauge.core.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntryIdTest {

    @Property
    void parse_readsBack_whenWritten(@ForAll long millis, @ForAll long sequence) {
        EntryId id = new EntryId(millis, sequence);

        assertThat(EntryId.parse(id.toString())).isEqualTo(id);
    }

    @Test
    void compareTo_ordersAsRedisDoes_whenPartsAreUnsigned() {
        List<EntryId> inOrder = List.of(
                EntryId.NONE,
                EntryId.parse("0-1"),
                EntryId.parse("9-9"),
                EntryId.parse("9-18446744073709551615"),
                EntryId.parse("10-0"),
                EntryId.parse("10-9"),
                EntryId.parse("10-10"),
                EntryId.parse("18446744073709551615-0"));
        List<EntryId> sorted = new ArrayList<>(inOrder.reversed());

        Collections.sort(sorted);

        assertThat(sorted).isEqualTo(inOrder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "-", "1-", "-1", "1-a", "1--1", "18446744073709551616-0"})
    void parse_rejects_whenTextIsNoId(String text) {
        assertThatExceptionOfType(NumberFormatException.class).isThrownBy(() -> EntryId.parse(text));
    }
}
