package dev.streamgauge.redis.rejection;

import static dev.streamgauge.redis.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.stream.EntryWriter;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.fold.CauseOfDeath;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.ReadEntry;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a tenant reads of its dead letters, as burials write them. */
class RejectionReaderTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId OTHER = new TenantId("other");

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private List<Rejection> newest(TenantId tenant, int limit) {
        return new RejectionReader(redis.links(), KEYSPACE)
                .readNewest(tenant, limit)
                .await()
                .indefinitely(); // the link has a deadline
    }

    private void bury(String id, TenantId tenant, String message) {
        try (FoldConnection consumer = FoldConnection.open(redis.links(), KEYSPACE, "worker")) {
            consumer.createGroups();
            redis.append(
                    KEYSPACE.stream(0),
                    id,
                    EntryWriter.encode(tenant, List.of(counter("a_total", "", 1), counter("b", "", 1)))
                            .getFirst());
            ReadEntry entry = consumer.readNew(1).get(0).getFirst();
            consumer.bury(0, entry, new CauseOfDeath(CauseOfDeath.UNFOLDABLE, message));
        }
    }

    @Test
    void readNewest_givesTheTenantsOwn_newestFirst() {
        long before = redis.nowMillis();
        bury("1-0", ACME, "first");
        bury("2-0", OTHER, "second");
        bury("3-0", ACME, "\u00fcbel");

        List<Rejection> acme = newest(ACME, 100);

        assertThat(acme).extracting(Rejection::entry).containsExactly("3-0", "1-0");
        Rejection newest = acme.getFirst();
        assertThat(newest)
                .isEqualTo(new Rejection(newest.time(), "3-0", "unfoldable", "\u00fcbel", 2, List.of("a_total", "b")));
        assertThat(newest.time()).isBetween(Instant.ofEpochMilli(before), Instant.ofEpochMilli(redis.nowMillis()));
        assertThat(newest(OTHER, 100)).extracting(Rejection::entry).containsExactly("2-0");
    }

    @Test
    void readNewest_givesNoMoreThanAsked() {
        bury("1-0", ACME, "first");
        bury("2-0", ACME, "second");

        List<Rejection> one = newest(ACME, 1);

        assertThat(one).extracting(Rejection::entry).containsExactly("2-0");
    }

    @Test
    void readNewest_isEmpty_whenNothingWasBuried() {
        assertThat(newest(ACME, 100)).isEmpty();
    }

    @Test
    void readNewest_showsWhatItCan_whenAnEntryIsForeign() {
        redis.command("XADD", KEYSPACE.tenantDeadLetters(ACME), "5-0", "samples", "many", "x", "y");

        List<Rejection> foreign = newest(ACME, 100);

        assertThat(foreign).containsExactly(new Rejection(Instant.ofEpochMilli(5), "", "", "", 0, List.of()));
    }

    @Test
    void readNewest_fails_whenTheKeyIsOfAnotherType() {
        redis.command("SET", KEYSPACE.tenantDeadLetters(ACME), "foreign");

        assertThatThrownBy(() -> newest(ACME, 1))
                .isInstanceOf(RedisFailure.class)
                .hasMessageStartingWith("WRONGTYPE");
    }
}
