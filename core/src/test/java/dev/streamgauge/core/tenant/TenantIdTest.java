package dev.streamgauge.core.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantIdTest {

    private static final String LONGEST = "t".repeat(TenantId.MAX_LENGTH);

    @ParameterizedTest
    @ValueSource(strings = {"a", "...", ".a", "-", "0", "AZaz09!-_.*'()"})
    void parse_givesTheTenant_whenTheRuleHolds(String value) {
        TenantId tenant = TenantId.parse(value).orElseThrow();

        assertThat(tenant).isEqualTo(new TenantId(value));
        assertThat(tenant).hasToString(value);
        assertThat(new String(tenant.bytes(), StandardCharsets.US_ASCII)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a b", "a/b", "a:b", "{a}", "a\n", "ä", "a\0", "a,b", "a|b", "a\\b", "ſ"})
    void parse_isEmpty_whenTheRuleIsBroken(String value) {
        assertThat(TenantId.parse(value)).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TenantId(value))
                .withMessage("tenant id: 1 to 150 characters of A-Z a-z 0-9 ! - _ . * ' ( ), not . or ..");
    }

    @Property
    void parse_agreesWithTheRuleAsAPattern(@ForAll char character) {
        String value = "a" + character;

        boolean valid = TenantId.parse(value).isPresent();

        assertThat(valid).isEqualTo(value.matches("[A-Za-z0-9!\\-_.*'()]{2}"));
    }

    @Test
    void parse_takesTheLongest_andNoMore() {
        assertThat(TenantId.parse(LONGEST)).isPresent();
        assertThat(TenantId.parse(LONGEST + "t")).isEmpty();
    }

    @Test
    void compareTo_ordersByTheText() {
        assertThat(new TenantId("a")).isLessThan(new TenantId("b"));
        assertThat(new TenantId("B")).isLessThan(new TenantId("a"));
        assertThat(TenantId.ANONYMOUS).hasToString("anonymous");
    }
}
