package dev.streamgauge.ingest.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.ingest.push.IdempotencyKey.Parsed;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdempotencyKeyTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "k,                     k",
                "\"k\",                 k",
                "` k `,                 k",
                "` \"k\" `,             k",
                "!,                     !",
                "~,                     ~",
                "a'b\\c;=(){}:/?#,      a'b\\c;=(){}:/?#",
                "`a,b`,                 `a,b`",
                "8e03978e-40d5-43e8-bc93-6894a57f9324, 8e03978e-40d5-43e8-bc93-6894a57f9324"
            })
    void parse_findsTheKey_quotedOrNot(String header, String key) {
        assertThat(IdempotencyKey.parse(List.of(header))).isEqualTo(new Parsed.Present(new IdempotencyKey(key)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "\"", "\"\"", "\"\"\"", "\"k", "k\"", "a b", "a\tb", "a\u007fb", "ü", "a\"b", "\" k\""})
    void parse_findsNoKey_whenTheHeaderIsNonsense(String header) {
        assertThat(IdempotencyKey.parse(List.of(header))).isEqualTo(new Parsed.Invalid());
    }

    @Test
    void parse_takesEveryVisibleAsciiCharacterButTheQuote() {
        IntStream.rangeClosed('!', '~')
                .filter(c -> c != '"')
                .mapToObj(Character::toString)
                .forEach(key -> assertThat(IdempotencyKey.parse(List.of(key)))
                        .isEqualTo(new Parsed.Present(new IdempotencyKey(key))));
    }

    @Test
    void parse_takes128Characters_andNot129() {
        String longest = "k".repeat(128);

        assertThat(IdempotencyKey.parse(List.of(longest))).isInstanceOf(Parsed.Present.class);
        assertThat(IdempotencyKey.parse(List.of("\"" + longest + "\""))).isInstanceOf(Parsed.Present.class);
        assertThat(IdempotencyKey.parse(List.of(longest + "k"))).isEqualTo(new Parsed.Invalid());
    }

    @Test
    void parse_isAbsentWithoutHeader_andInvalidWithTwo() {
        assertThat(IdempotencyKey.parse(List.of())).isEqualTo(new Parsed.Absent());
        assertThat(IdempotencyKey.parse(List.of("k", "k"))).isEqualTo(new Parsed.Invalid());
    }
}
