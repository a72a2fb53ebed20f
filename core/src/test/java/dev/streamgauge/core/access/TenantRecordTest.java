package dev.streamgauge.core.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.access.TenantRecord.Addition;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TenantRecordTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);
    private static final TenantRecord ACME = TenantRecord.create(new TenantId("acme"), NOW);

    private final Random random = new Random(1);

    private KeyRecord key(Optional<Instant> expires, Scope... scopes) {
        ApiKey key = ApiKey.generate(random);
        return new KeyRecord(key.id(), key.hash(), Set.of(scopes), NOW, expires, Optional.empty());
    }

    private static TenantRecord added(TenantRecord record, KeyRecord key, Instant now) {
        return ((Addition.Added) record.with(key, now)).tenant();
    }

    @Test
    void with_rejectsTheThirdLiveKeyOfAScope() {
        TenantRecord two = added(
                added(ACME, key(Optional.empty(), Scope.INGEST), NOW),
                key(Optional.of(NOW.plus(DAY)), Scope.INGEST, Scope.QUERY),
                NOW);

        assertThat(two.with(key(Optional.empty(), Scope.QUERY, Scope.INGEST), NOW))
                .isEqualTo(new Addition.TooManyLive(Scope.INGEST));
        assertThat(two.with(key(Optional.empty(), Scope.QUERY), NOW)).isInstanceOf(Addition.Added.class);
    }

    @Test
    void with_countsNoExpiredKey_fromTheMomentOfItsEnd() {
        Instant end = NOW.plus(DAY);
        TenantRecord two =
                added(added(ACME, key(Optional.of(end), Scope.INGEST), NOW), key(Optional.empty(), Scope.INGEST), NOW);
        KeyRecord third = key(Optional.empty(), Scope.INGEST);

        assertThat(two.with(third, end.minusMillis(1))).isEqualTo(new Addition.TooManyLive(Scope.INGEST));
        assertThat(two.with(third, end)).isInstanceOf(Addition.Added.class);
    }

    @Test
    void with_rejectsAKeyOfTheSameId() {
        KeyRecord key = key(Optional.empty(), Scope.INGEST);

        assertThat(added(ACME, key, NOW).with(key, NOW)).isEqualTo(new Addition.SameId(key.id()));
    }

    @Test
    void with_dropsTheKeyThatExpiredFirst_whenThereAreAsManyAsAreKept() {
        TenantRecord record = ACME;
        for (int i = 0; i < TenantRecord.MAX_KEYS; i++) {
            Instant made = NOW.plus(DAY.multipliedBy(i));
            record = added(record, key(Optional.of(made.plus(DAY)), Scope.INGEST), made);
        }
        KeyRecord last = key(Optional.empty(), Scope.INGEST);

        TenantRecord full = added(record, last, NOW.plus(DAY.multipliedBy(100)));

        assertThat(full.keys())
                .isEqualTo(Stream.concat(record.keys().stream().skip(1), Stream.of(last))
                        .toList());
    }

    @Test
    void without_removesThatKeyAlone() {
        KeyRecord first = key(Optional.empty(), Scope.INGEST);
        KeyRecord second = key(Optional.empty(), Scope.INGEST);
        TenantRecord two = added(added(ACME, first, NOW), second, NOW);

        assertThat(two.without(first.id()).keys()).containsExactly(second);
        assertThat(two.without(first.id()).without(first.id()).keys()).containsExactly(second);
    }

    @Test
    void withLimits_replacesTheLimits() {
        TenantRecord limited = ACME.withLimits(Map.of(Limit.INGESTION_RATE, 5.0));

        assertThat(limited.withLimits(Map.of(Limit.MAX_BACKLOG_ENTRIES, 7.0)).limits())
                .isEqualTo(Map.of(Limit.MAX_BACKLOG_ENTRIES, 7.0));
    }

    @Test
    void construction_fails_whenARuleIsBroken() {
        KeyRecord key = key(Optional.empty(), Scope.INGEST);

        assertThatThrownBy(() -> new TenantRecord(ACME.tenant(), NOW, List.of(key, key), Map.of()))
                .hasMessage("keys: two of the id " + key.id());
        assertThatThrownBy(() -> ACME.withLimits(Map.of(Limit.MAX_LABEL_NAME_LENGTH, 0.0)))
                .hasMessage("limits.max_label_name_length: a whole number from 1 to 65536 expected");
        assertThatThrownBy(this::key)
                .hasMessage("scopes: none given, at least one of ingest, query, query-all, delete, admin expected");
    }

    private void key() {
        key(Optional.empty());
    }

    @Test
    void isLive_endsWithTheMomentOfExpiry() {
        KeyRecord key = key(Optional.of(NOW), Scope.QUERY);

        assertThat(key.isLive(NOW.minusMillis(1))).isTrue();
        assertThat(key.isLive(NOW)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            INGEST    | ingest
            QUERY     | query
            QUERY_ALL | query, query-all
            DELETE    | delete
            ADMIN     | ingest, query, query-all, delete, admin
            """)
    void key_allowsItsScope_andWhatTheScopeIncludes(Scope scope, String allowed) {
        KeyRecord key = key(Optional.empty(), scope);

        assertThat(Stream.of(Scope.values()).filter(key::allows).map(Scope::id).collect(Collectors.joining(", ")))
                .isEqualTo(allowed);
    }
}
