package dev.streamgauge.core.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyTest {

    private static final String TEXT =
            "sgk_0123456789abcdef_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @Test
    void parse_readsTheId_whenTheTextIsAKey() {
        ApiKey key = ApiKey.parse(TEXT).orElseThrow();

        assertThat(key.id()).isEqualTo(new KeyId("0123456789abcdef"));
        assertThat(key.text()).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sgk_",
                "sgk_0123456789abcdef_",
                "sgk_0123456789abcde_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "sgk_0123456789abcdef_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
                "sgk_0123456789abcdef_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
                "sgk_0123456789ABCDEF_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "SGK_0123456789abcdef_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "sgk_0123456789abcdef_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
                " sgk_0123456789abcdef_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            })
    void parse_isEmpty_whenTheTextIsNoKey(String text) {
        assertThat(ApiKey.parse(text)).isEmpty();
    }

    @Test
    void generate_givesKeysThatCanBeParsed_andNeverTheSame() {
        Random random = new Random(1);
        Set<String> texts = new HashSet<>();
        Set<KeyId> ids = new HashSet<>();

        for (int i = 0; i < 1_000; i++) {
            ApiKey key = ApiKey.generate(random);
            assertThat(ApiKey.parse(key.text()).orElseThrow().id()).isEqualTo(key.id());
            texts.add(key.text());
            ids.add(key.id());
        }

        assertThat(texts).hasSize(1_000);
        assertThat(ids).hasSize(1_000);
    }

    @Test
    void toString_showsTheIdAlone() {
        ApiKey key = ApiKey.parse(TEXT).orElseThrow();

        assertThat(key).hasToString("sgk_0123456789abcdef");
        assertThat(key.hash().toString()).doesNotContain(key.hash().hex().substring(0, 8));
    }

    /** What {@code printf %s "$key" | sha256sum} says. */
    @Test
    void hash_isThatOfTheWholeText() {
        KeyHash hash = ApiKey.parse(TEXT).orElseThrow().hash();

        assertThat(hash.hex()).isEqualTo("4664c42f606ce8387b947ad026ed0101404c504b2566ebe296960e63c6c9cfd0");
        assertThat(KeyHash.parse(hash.hex())).contains(hash);
        assertThat(hash.matches(KeyHash.NONE)).isFalse();
        assertThat(KeyHash.of(TEXT + "0")).isNotEqualTo(hash);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"})
    void parseHash_isEmpty_whenTheTextIsNoHash(String text) {
        assertThat(KeyHash.parse(text)).isEmpty();
    }
}
