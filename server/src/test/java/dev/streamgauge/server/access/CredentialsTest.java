package dev.streamgauge.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {

    private static Credentials of(String... headers) {
        MultiMap all = MultiMap.caseInsensitiveMultiMap();
        for (String header : headers) {
            all.add("Authorization", header);
        }
        return Credentials.of(all);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer the-key", "bearer the-key", "BEARER   the-key ", " Bearer the-key"})
    void of_readsTheToken_howeverTheSchemeIsWritten(String header) {
        assertThat(of(header)).isEqualTo(new Credentials("the-key", Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            acme:the-key     | acme | the-key
            acme:the:key     | acme | the:key
            :the-key         | ""   | the-key
            acme:            | acme | ""
            Größe:Schlüssel  | Größe | Schlüssel
            """)
    void of_readsUserAndPassword(String pair, String user, String secret) {
        assertThat(of("Basic " + base64(pair))).isEqualTo(new Credentials(secret, Optional.of(user)));
        assertThat(of("bASIC  " + base64(pair))).isEqualTo(new Credentials(secret, Optional.of(user)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "the-key",
                "Digest the-key",
                "Basic",
                "Basic ****",
                "Basic YWNtZQ==", // no colon
                "Basic /w==", // not UTF-8
                "Basic Og =="
            })
    void of_hasNoSecret_whenTheHeaderIsMalformed(String header) {
        assertThat(of(header).secret()).isEmpty();
    }

    @Test
    void of_hasNoSecret_whenThereAreNoneOrSeveralHeaders() {
        assertThat(of().secret()).isEmpty();
        assertThat(of("Bearer the-key", "Bearer the-key").secret()).isEmpty();
    }

    @Test
    void of_readsASecretOfTheGreatestLength_andNoneLonger() {
        String longest = "k".repeat(Credentials.MAX_SECRET);
        String tenant = "t".repeat(150);

        assertThat(of("Bearer " + longest).secret()).isEqualTo(longest);
        assertThat(of("Basic " + base64(tenant + ":" + longest)).secret()).isEqualTo(longest);
        assertThat(of("Bearer " + longest + "k").secret()).isEmpty();
        assertThat(of("Basic " + base64(tenant + ":" + longest + "k")).secret()).isEmpty();
        assertThat(of("Basic " + base64("t".repeat(1_000) + ":k")).secret()).isEmpty();
    }

    @Test
    void toString_leavesTheSecretOut() {
        assertThat(of("Basic " + base64("acme:the-key")).toString())
                .contains("acme")
                .doesNotContain("the-key");
    }
}
