package dev.streamgauge.redis.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TenantDirectoryTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final TenantId ACME = new TenantId("acme");
    private static final int MAX_TENANTS = 1_200;
    private static final int MAX_DELETIONS = 3;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final FollowingReader reader = new FollowingReader(this::directory);

    private TenantDirectory directory() {
        return new TenantDirectory(redis.topology(KEYSPACE), MAX_TENANTS, MAX_DELETIONS);
    }

    private static <T> T done(Uni<T> call) {
        return call.await().indefinitely(); // the connection has a deadline
    }

    private static TenantRecord tenant(String name) {
        return TenantRecord.create(new TenantId(name), NOW);
    }

    private static TenantRecord full() {
        ApiKey key = ApiKey.generate(new Random(1));
        KeyRecord first = new KeyRecord(
                key.id(),
                key.hash(),
                Set.of(Scope.QUERY, Scope.INGEST),
                NOW,
                Optional.of(NOW.plusMillis(1_500)),
                Optional.of("the \"shop\", Größe 1"));
        ApiKey other = ApiKey.generate(new Random(2));
        KeyRecord second =
                new KeyRecord(other.id(), other.hash(), Set.of(Scope.ADMIN), NOW, Optional.empty(), Optional.empty());
        return new TenantRecord(
                ACME,
                NOW,
                List.of(first, second),
                Map.of(Limit.INGESTION_RATE, 0.5, Limit.MAX_GLOBAL_SERIES_PER_USER, 1e6));
    }

    private ChangeAnswer put(TenantRecord record) {
        DirectoryEntry seen = done(directory().read(record.tenant()));
        return done(directory().change(seen, Optional.of(record)));
    }

    private ChangeAnswer delete(String name) {
        DirectoryEntry seen = done(directory().read(new TenantId(name)));
        return done(directory().change(seen, Optional.empty()));
    }

    @Test
    void read_givesWhatWasWritten() {
        TenantRecord record = full();

        assertThat(put(record)).isEqualTo(ChangeAnswer.CHANGED);

        assertThat(done(directory().read(ACME)))
                .isInstanceOfSatisfying(
                        DirectoryEntry.Known.class,
                        read -> assertThat(read.content()).isEqualTo(record));
        assertThat(done(directory().read(new TenantId("other"))))
                .isEqualTo(new DirectoryEntry.Absent(new TenantId("other")));
    }

    @Test
    void stored_holdsNoKey_butItsHash() {
        put(full());

        assertThat(redis.dump())
                .doesNotContain(ApiKey.generate(new Random(1)).text().substring(21))
                .contains(ApiKey.generate(new Random(1)).hash().hex());
    }

    @Test
    void change_changesNothing_whenAnotherChangeCameFirst() {
        put(tenant("acme"));
        DirectoryEntry seen = done(directory().read(ACME));
        put(tenant("acme").withLimits(Map.of(Limit.INGESTION_RATE, 1.0)));
        String before = redis.dump();

        ChangeAnswer replaced = done(directory().change(seen, Optional.of(full())));
        ChangeAnswer deleted = done(directory().change(seen, Optional.empty()));
        ChangeAnswer created = done(directory().change(new DirectoryEntry.Absent(ACME), Optional.of(full())));

        assertThat(List.of(replaced, deleted, created)).containsOnly(ChangeAnswer.CONFLICT);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void change_changesNothing_whenItIsMadeTwice() {
        DirectoryEntry none = done(directory().read(ACME));
        done(directory().change(none, Optional.of(full())));
        String before = redis.dump();

        ChangeAnswer again = done(directory().change(none, Optional.of(full())));

        assertThat(again).isEqualTo(ChangeAnswer.CONFLICT);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void change_rejectsOneTenantMoreThanTheMost_andReplacesAndDeletesOn() {
        for (int i = 0; i < MAX_TENANTS; i++) {
            assertThat(done(directory()
                            .change(new DirectoryEntry.Absent(new TenantId("t" + i)), Optional.of(tenant("t" + i)))))
                    .isEqualTo(ChangeAnswer.CHANGED);
        }

        assertThat(put(tenant("more"))).isEqualTo(ChangeAnswer.FULL);
        assertThat(put(tenant("t1").withLimits(Map.of(Limit.INGESTION_RATE, 1.0))))
                .isEqualTo(ChangeAnswer.CHANGED);
        assertThat(delete("t1")).isEqualTo(ChangeAnswer.CHANGED);
        assertThat(put(tenant("more"))).isEqualTo(ChangeAnswer.CHANGED);
        assertThat(reader.readAll()).hasSize(MAX_TENANTS).contains("more").doesNotContain("t1");
        assertThat(reader.answers()).as("pages, and the restart").isEqualTo(1 + 3);
    }

    @Test
    void change_works_whenRedisIsFullAndHasForgottenTheScripts() {
        put(full());
        redis.fill();
        redis.command("SCRIPT", "FLUSH");

        ChangeAnswer answer = put(full().without(full().keys().getFirst().id()));

        assertThat(answer).isEqualTo(ChangeAnswer.CHANGED);
        redis.command("SCRIPT", "FLUSH");
        assertThat(reader.readAll()).containsExactly("acme");
    }

    @Test
    void readSince_givesEachChangeOnce_andNothingWhenThereIsNone() {
        assertThat(reader.readAll()).isEmpty();
        put(tenant("a"));
        put(tenant("b"));
        assertThat(reader.readAll()).containsExactly("a", "b");

        put(tenant("a").withLimits(Map.of(Limit.INGESTION_RATE, 1.0)));
        delete("b");
        put(tenant("c"));

        assertThat(reader.readAll()).containsExactly("a", "c");
        assertThat(reader.restarts()).isZero();
        assertThat(((DirectoryEntry.Known) reader.known().get("a")).content().limits())
                .containsEntry(Limit.INGESTION_RATE, 1.0);
        assertThat(reader.readAll()).containsExactly("a", "c");
        assertThat(reader.answers()).isEqualTo(1);
    }

    @Test
    void readSince_startsOver_onlyWhenADeletionItHasNotSeenWasForgotten() {
        for (int i = 0; i <= MAX_DELETIONS + 1; i++) {
            put(tenant("t" + i));
        }
        reader.readAll();
        for (int i = 0; i < MAX_DELETIONS; i++) {
            delete("t" + i);
        }
        assertThat(reader.readAll()).containsExactly("t3", "t4");
        assertThat(reader.restarts()).isZero();

        delete("t3"); // and t0 is forgotten, whose deletion the reader has seen
        assertThat(reader.readAll()).containsExactly("t4");
        assertThat(reader.restarts()).isZero();

        put(tenant("x"));
        for (int i = 0; i <= MAX_DELETIONS; i++) {
            put(tenant("y" + i));
            delete("y" + i);
        }
        delete("t4");

        assertThat(reader.readAll()).containsExactly("x");
        assertThat(reader.restarts()).isEqualTo(1);
        assertThat(redis.number("ZCARD", KEYSPACE.tenantsDeleted())).isEqualTo(MAX_DELETIONS);
        assertThat(redis.number("ZCARD", KEYSPACE.tenantsChanged())).isEqualTo(MAX_DELETIONS + 1);
    }

    /** What was read on the first page is deleted, and its deletion forgotten, before the reader gets to the last. */
    @Test
    void readSince_startsOver_whenADeletionIsForgottenWhileItReads() {
        for (int i = 0; i < 1_100; i++) {
            put(tenant("t" + i));
        }
        reader.read();
        assertThat(reader.read()).isFalse();
        assertThat(reader.known()).containsKey("t0");

        for (int i = 0; i <= MAX_DELETIONS; i++) {
            delete("t" + i);
        }

        assertThat(reader.readAll()).hasSize(1_100 - MAX_DELETIONS - 1).doesNotContain("t0", "t1");
        assertThat(reader.restarts()).isEqualTo(1);
    }

    @Test
    void readSince_endsAnAnswer_whenItsRecordsAreLarge() {
        List<KeyRecord> keys = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < TenantRecord.MAX_KEYS; i++) {
            ApiKey key = ApiKey.generate(random);
            keys.add(new KeyRecord(
                    key.id(), key.hash(), Set.of(Scope.INGEST), NOW, Optional.of(NOW), Optional.of("x".repeat(200))));
        }
        for (int i = 0; i < 100; i++) { // of 8 KiB each
            put(new TenantRecord(new TenantId("t" + i), NOW, keys, Map.of()));
        }

        assertThat(reader.readAll()).hasSize(100);
        assertThat(reader.answers()).as("answers, with the restart").isEqualTo(1 + 4);
    }

    @Test
    void readSince_startsOver_whenRedisWasEmptied() {
        put(tenant("a"));
        reader.readAll();

        redis.command("FLUSHALL");
        assertThat(reader.readAll()).isEmpty();
        assertThat(reader.restarts()).isEqualTo(1);

        put(tenant("b"));
        assertThat(reader.readAll()).containsExactly("b");
        redis.command("FLUSHALL");
        put(tenant("c")); // of the same version

        assertThat(reader.readAll()).containsExactly("c");
        assertThat(reader.restarts()).isEqualTo(1);
    }

    /** A replica that lags was promoted, and has the same epoch. */
    @Test
    void readSince_startsOver_whenTheDirectoryIsOlderThanWhatWasRead() {
        put(tenant("a"));
        String meta = String.valueOf(redis.command("HGET", KEYSPACE.tenantsMeta(), "version"));
        put(tenant("b"));
        reader.readAll();

        redis.command("HSET", KEYSPACE.tenantsMeta(), "version", meta);
        redis.command("HDEL", KEYSPACE.tenantRecords(), "b");
        redis.command("ZREM", KEYSPACE.tenantsChanged(), "b");

        assertThat(reader.readAll()).containsExactly("a");
    }

    /** The promoted replica may have got changes of its own, under versions that were read from the old primary. */
    @Test
    void readSince_startsOver_onAnotherRunOfTheServer() {
        put(tenant("a"));
        reader.readAll();
        redis.command("REPLICAOF", "127.0.0.1", "1"); // nothing is there to copy
        redis.command("REPLICAOF", "NO", "ONE");
        redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        redis.command("HDEL", KEYSPACE.tenantRecords(), "a");
        redis.command("ZREM", KEYSPACE.tenantsChanged(), "a");

        Set<String> known = afterReconnecting();

        assertThat(known).isEmpty();
    }

    @Test
    void readSince_goesOn_onAnotherConnectionToTheSameRun() {
        put(tenant("a"));
        reader.readAll();
        put(tenant("b"));
        redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

        Set<String> known = afterReconnecting();

        assertThat(known).containsExactly("a", "b");
        assertThat(reader.restarts()).isZero();
    }

    /** The first call may still meet the broken connection. */
    private Set<String> afterReconnecting() {
        try {
            return reader.readAll();
        } catch (RedisFailure failure) {
            return reader.readAll();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"v":2,"created":"2026-11-21T12:00:00Z","keys":[],"limits":{}}                    | version 2 is not known
            {"v":1,"created":"2026-11-21T12:00:00Z","keys":[],"limits":{},"more":1}           | field more is not known
            {"v":1,"created":"2026-11-21T12:00:00Z","keys":[],"limits":{"no_such_limit":1}}   | limit no_such_limit is not known
            {"v":1,"created":"2026-11-21T12:00:00Z","keys":[],"limits":{"ingestion_rate":-1}} | limits.ingestion_rate: a number from 0 expected
            {"v":1,"created":"yesterday","keys":[],"limits":{}}                               | Text 'yesterday' could not be parsed at index 0
            {"v":1,"created":"2026-11-21T12:00:00Z","keys":[{"id":"x"}],"limits":{}}          | scopes: no list
            []                                                                                | no JSON object
            {"v":1                                                                            | no JSON: Unexpected end-of-input
            """)
    void readSince_goesOnWithTheOthers_whenARecordCannotBeRead(String record, String flaw) {
        put(tenant("a"));
        put(tenant("b"));
        put(tenant("c"));
        redis.command("HSET", KEYSPACE.tenantRecords(), "b", record);

        assertThat(reader.readAll()).containsExactly("a", "b", "c");
        assertThat(reader.known().get("b"))
                .isInstanceOfSatisfying(
                        DirectoryEntry.Unreadable.class,
                        unreadable -> assertThat(unreadable.flaw()).startsWith(flaw));
        assertThat(delete("b")).isEqualTo(ChangeAnswer.CHANGED);
        assertThat(reader.readAll()).containsExactly("a", "c");
    }

    @ParameterizedTest
    @CsvSource({"records, SET", "changed, SET", "deleted, SET", "meta, SET", "meta, VERSION", "meta, DEL"})
    void change_changesNothing_whenTheKeysAreNotOurs(String key, String how) {
        put(tenant("a"));
        spoil("sg:{tenants}:" + key, how);
        String before = redis.dump();

        assertThatThrownBy(() -> done(directory().change(new DirectoryEntry.Absent(ACME), Optional.of(tenant("acme")))))
                .isInstanceOf(RedisFailure.class)
                .hasMessageContaining("directory of tenants: ");

        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({"records, SET", "changed, SET", "meta, SET", "meta, VERSION", "meta, DEL"})
    void readSince_fails_whenTheKeysAreNotOurs(String key, String how) {
        put(tenant("a"));
        spoil("sg:{tenants}:" + key, how);

        assertThatThrownBy(reader::readAll)
                .isInstanceOf(RedisFailure.class)
                .hasMessageContaining("directory of tenants: ");
    }

    private void spoil(String key, String how) {
        switch (how) {
            case "SET" -> redis.command("SET", key, "unexpected");
            case "VERSION" -> redis.command("HSET", key, "version", "x");
            default -> redis.command("DEL", key);
        }
    }

    /** What one poll of a process costs Redis, with many tenants. */
    @Test
    void readSince_isOneCall_whenNothingHasChanged() {
        put(tenant("a"));
        reader.readAll();
        redis.command("CONFIG", "RESETSTAT");

        reader.readAll();

        assertThat(String.valueOf(redis.command("INFO", "commandstats")))
                .contains("cmdstat_evalsha_ro:calls=1,", "cmdstat_hmget:calls=1,")
                .doesNotContain("cmdstat_zrange", "cmdstat_hget:");
        assertThat(directory().readSince(DirectoryPosition.NONE).await().atMost(Duration.ofSeconds(10)))
                .isInstanceOf(DirectoryAnswer.Restart.class);
    }
}
