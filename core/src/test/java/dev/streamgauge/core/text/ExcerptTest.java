package dev.streamgauge.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {

    @Test
    void of_keepsTextOf64Characters_andCutsALongerOne() {
        assertThat(Excerpt.of("a".repeat(64))).isEqualTo("a".repeat(64));
        assertThat(Excerpt.of("a".repeat(65))).isEqualTo("a".repeat(64) + "…");
    }

    @Test
    void quoted_replacesWhatCouldBreakALogLine() {
        assertThat(Excerpt.quoted("a\nb\u0000\u0085\ud800")).isEqualTo("'a?b???'");
    }

    @Test
    void of_cutsNoSurrogatePairInHalf() {
        assertThat(Excerpt.of("a".repeat(63) + "\ud83d\ude00")).isEqualTo("a".repeat(63) + "?…");
    }
}
