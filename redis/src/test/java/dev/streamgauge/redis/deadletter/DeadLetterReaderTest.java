package dev.streamgauge.redis.deadletter;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldConnection;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a tenant reads of its dead letters, as the script writes them. */
class DeadLetterReaderTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId OTHER = new TenantId("other");

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private List<DeadLetter> newest(TenantId tenant, int limit) {
        return new DeadLetterReader(redis.topology(KEYSPACE))
                .readNewest(tenant, limit)
                .await()
                .indefinitely(); // the connection has a deadline
    }

    private void deadLetter(String id, TenantId tenant, String message) {
        try (FoldConnection consumer =
                FoldConnection.open(redis.topology(KEYSPACE).node(), "worker")) {
            consumer.createGroups();
            redis.append(
                    KEYSPACE.stream(0),
                    id,
                    EntryWriter.encode(tenant, List.of(counter("a_total", "", 1), counter("b", "", 1)))
                            .getFirst());
            ReadEntry entry = consumer.readNew(1).get(0).getFirst();
            consumer.deadLetter(0, entry, new DeadLetterReason(DeadLetterReason.UNFOLDABLE, message));
        }
    }

    @Test
    void readNewest_givesTheTenantsOwn_newestFirst() {
        long before = redis.nowMillis();
        deadLetter("1-0", ACME, "first");
        deadLetter("2-0", OTHER, "second");
        deadLetter("3-0", ACME, "\u00fcbel");

        List<DeadLetter> acme = newest(ACME, 100);

        assertThat(acme).extracting(DeadLetter::entry).containsExactly("3-0", "1-0");
        DeadLetter newest = acme.getFirst();
        assertThat(newest)
                .isEqualTo(new DeadLetter(newest.time(), "3-0", "unfoldable", "\u00fcbel", 2, List.of("a_total", "b")));
        assertThat(newest.time()).isBetween(Instant.ofEpochMilli(before), Instant.ofEpochMilli(redis.nowMillis()));
        assertThat(newest(OTHER, 100)).extracting(DeadLetter::entry).containsExactly("2-0");
    }

    @Test
    void readNewest_givesNoMoreThanAsked() {
        deadLetter("1-0", ACME, "first");
        deadLetter("2-0", ACME, "second");

        List<DeadLetter> one = newest(ACME, 1);

        assertThat(one).extracting(DeadLetter::entry).containsExactly("2-0");
    }

    @Test
    void readNewest_isEmpty_whenThereAreNoDeadLetters() {
        assertThat(newest(ACME, 100)).isEmpty();
    }

    @Test
    void readNewest_showsWhatItCan_whenAnEntryHasUnexpectedFields() {
        redis.command("XADD", KEYSPACE.tenantDeadLetters(ACME), "5-0", "samples", "many", "x", "y");

        List<DeadLetter> read = newest(ACME, 100);

        assertThat(read).containsExactly(new DeadLetter(Instant.ofEpochMilli(5), "", "", "", 0, List.of()));
    }

    @Test
    void readNewest_fails_whenTheKeyIsOfAnotherType() {
        redis.command("SET", KEYSPACE.tenantDeadLetters(ACME), "unexpected");

        assertThatThrownBy(() -> newest(ACME, 1))
                .isInstanceOf(RedisFailure.class)
                .hasMessageStartingWith("WRONGTYPE");
    }
}
