package dev.streamgauge.server.tenants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.access.KeyHash;
import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.server.reload.InvalidFileException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TenantsFileTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final KeyHash HASH = KeyHash.of("a key");

    @Test
    void parse_takesAsManyTenantsAsTheDirectory() throws Exception {
        StringBuilder file = new StringBuilder("tenants:\n");
        for (int i = 0; i < 100_000; i++) {
            file.append("""
                  tenant-%1$06d:
                    keys:
                      - {id: "%1$016x", hash: "%2$s", scopes: [ingest, query], description: of one of many}
                """.formatted(i, HASH.hex()));
        }

        TenantIndex index = TenantsFile.parse(file.toString(), TenantLimits.DEFAULTS, NOW);

        assertThat(index.tenants()).hasSize(100_000);
        assertThat(index.findKey(new KeyId("%016x".formatted(99_999)))).isPresent();
    }

    @Test
    void parse_readsKeysAndLimits() throws Exception {
        TenantIndex index = TenantsFile.parse("""
            tenants:
              acme:
                keys:
                  - id: "0123456789abcdef"
                    hash: "%1$s"
                    scopes: [ingest, query]
                    expires: 2027-01-01T00:00:00Z
                    description: the shop
                  - {id: fedcba9876543210, hash: "%1$s", scopes: [admin]}
                limits:
                  ingestion_rate: 50000
              quiet:
            """.formatted(HASH.hex()), TenantLimits.DEFAULTS, NOW);

        KeyRecord first = new KeyRecord(
                new KeyId("0123456789abcdef"),
                HASH,
                Set.of(Scope.INGEST, Scope.QUERY),
                NOW,
                Optional.of(Instant.parse("2027-01-01T00:00:00Z")),
                Optional.of("the shop"));
        KeyRecord second = new KeyRecord(
                new KeyId("fedcba9876543210"), HASH, Set.of(Scope.ADMIN), NOW, Optional.empty(), Optional.empty());
        TenantId acme = new TenantId("acme");
        TenantId quiet = new TenantId("quiet");
        assertThat(index.tenants())
                .isEqualTo(Map.of(
                        acme,
                        new TenantRecord(acme, NOW, List.of(first, second), Map.of(Limit.INGESTION_RATE, 50_000.0)),
                        quiet,
                        TenantRecord.create(quiet, NOW)));
        assertThat(index.findKey(first.id())).contains(new OwnedKey(acme, first));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing\n", "tenants:\n", "tenants: {}\n"})
    void parse_isEmpty_whenNothingIsWritten(String text) throws Exception {
        assertThat(TenantsFile.parse(text, TenantLimits.DEFAULTS, NOW).tenants())
                .isEmpty();
    }

    /** HASH stands for a hash. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        tenant: {}                                                              | tenant: not known here; only tenants is
        tenants: {acme: {key: []}}                                              | tenants.acme.key: not known; there are keys, limits
        tenants: {acme/x: {}}                                                   | tenants.acme/x: no valid tenant id
        tenants: {acme: {keys: {}}}                                             | tenants.acme.keys: a list expected
        tenants: {acme: {limits: {request_rate: 5}}}                            | tenants.acme.limits.request_burst_size: 0 given, at least 1 expected where request_rate is on; without a burst every request would be rejected
        tenants: {acme: {limits: {ingestion_rate: -1}}}                         | tenants.acme.limits.ingestion_rate: -1 given, a number from 0 expected
        tenants: {acme: {keys: [{id: 1234567890123456, hash: HASH, scopes: [query]}]}}   | tenants.acme.keys[0].id: a text expected; put it in quotes
        tenants: {acme: {keys: [{id: "0123456789ABCDEF", hash: HASH, scopes: [query]}]}} | tenants.acme.keys[0].id: 16 hexadecimal digits in lower case expected
        tenants: {acme: {keys: [{id: "0123456789abcdef", hash: sgk_x, scopes: [query]}]}} | tenants.acme.keys[0].hash: a SHA-256 expected, as 64 hexadecimal digits in lower case
        tenants: {acme: {keys: [{id: "0123456789abcdef", hash: HASH, scopes: [write]}]}} | tenants.acme.keys[0].scopes: one of ingest, query, query-all, delete, admin expected
        tenants: {acme: {keys: [{id: "0123456789abcdef", hash: HASH}]}}         | tenants.acme.keys[0].scopes: none given, at least one of ingest, query, query-all, delete, admin expected
        tenants: {acme: {keys: [{id: "0123456789abcdef", hash: HASH, scopes: [query], expires: 2027-01-01}]}} | tenants.acme.keys[0].expires: a time expected, such as 2027-01-01T00:00:00Z
        tenants: {acme: {keys: [{id: "0123456789abcdef", hash: HASH, scopes: [query]}, {id: "0123456789abcdef", hash: HASH, scopes: [query]}]}} | tenants.acme.keys: two of the id 0123456789abcdef
        tenants: {a: {keys: [{id: "0123456789abcdef", hash: HASH, scopes: [query]}]}, b: {keys: [{id: "0123456789abcdef", hash: HASH, scopes: [query]}]}} | tenants.b.keys: another tenant has a key of the id 0123456789abcdef
        """)
    void parse_saysWhatIsWrong(String text, String message) {
        assertThatThrownBy(() ->
                        TenantsFile.parse(text.replace("HASH", '"' + HASH.hex() + '"'), TenantLimits.DEFAULTS, NOW))
                .isInstanceOf(InvalidFileException.class)
                .hasMessage(message)
                .message()
                .doesNotContain(HASH.hex());
    }

    @Test
    void parse_rejectsTheThirdLiveKeyOfAScope_butNotTheExpiredOne() throws Exception {
        String text = """
            tenants:
              acme:
                keys:
                  - {id: 000000000000000a, hash: "%1$s", scopes: [query]}
                  - {id: 000000000000000b, hash: "%1$s", scopes: [query]}
                  - {id: 000000000000000c, hash: "%1$s", scopes: [query], expires: "%2$s"}
            """;

        assertThat(TenantsFile.parse(text.formatted(HASH.hex(), NOW), TenantLimits.DEFAULTS, NOW)
                        .tenants())
                .hasSize(1);
        assertThatThrownBy(() ->
                        TenantsFile.parse(text.formatted(HASH.hex(), NOW.plusMillis(1)), TenantLimits.DEFAULTS, NOW))
                .hasMessage("tenants.acme.keys: more than 2 live keys have the scope query");
    }
}
