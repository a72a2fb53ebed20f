package dev.streamgauge.ingest.rejection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.FixedIngestConfig;
import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.accounting.RejectionCounts.Rejected;
import dev.streamgauge.testkit.TestLimits;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** All rejected samples are counted, under a bounded number of tenant names. */
class DiscardedSamplesTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId FIRST = new TenantId("first");
    private static final TenantId SECOND = new TenantId("second");
    private static final TenantId THIRD = new TenantId("third");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private DiscardedSamples discarded(int maxTenantLabels, int maxWaitingTenants) {
        return new DiscardedSamples(
                registry,
                new RejectionCounter(KEYSPACE, maxWaitingTenants),
                new FixedIngestConfig(Duration.ofSeconds(10), 1_000, 1 << 20, maxTenantLabels));
    }

    private String counted() {
        return registry.find("streamgauge.discarded.samples").counters().stream()
                .map(counter -> counter.getId().getTag("tenant") + " "
                        + counter.getId().getTag("reason") + " " + (long) counter.count())
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private double unkept() {
        return registry.get("streamgauge.unkept.rejections").counter().count();
    }

    @Test
    void tenants_areCountedTogether_beyondTheBound() {
        DiscardedSamples discarded = discarded(2, 10);

        for (TenantId tenant : List.of(FIRST, SECOND, THIRD, new TenantId("fourth"), FIRST, THIRD)) {
            discarded.count(tenant, Reason.COUNTER_NEGATIVE, 10);
        }

        assertThat(counted()).isEqualTo("""
                        :other: counter-negative 30
                        first counter-negative 20
                        second counter-negative 10""");
        assertThat(TenantId.parse(DiscardedSamples.OTHER_TENANTS)).isEmpty();
    }

    @Test
    void rejections_areCountedByTheirReasons() {
        DiscardedSamples discarded = discarded(10, 10);

        discarded.count(
                FIRST,
                List.of(
                        new SampleRejection(0, Reason.COUNTER_NEGATIVE, ""),
                        new SampleRejection(1, Reason.TYPE_CONFLICT, ""),
                        new SampleRejection(2, Reason.COUNTER_NEGATIVE, "")));
        discarded.count(FIRST, PushError.BACKLOG_FULL, 0);

        assertThat(counted()).isEqualTo("first counter-negative 2\nfirst type-conflict 1");
    }

    @Test
    void rejectionCounter_isBounded_andWhatItCannotKeepIsCounted() {
        DiscardedSamples discarded = discarded(10, 2);

        discarded.count(FIRST, Reason.COUNTER_NEGATIVE, 1);
        discarded.count(SECOND, Reason.COUNTER_NEGATIVE, 2);
        discarded.count(THIRD, Reason.COUNTER_NEGATIVE, 4);
        discarded.count(FIRST, Reason.TYPE_CONFLICT, 8);

        assertThat(unkept()).isEqualTo(4);
    }

    @Test
    void rejectionCounter_hasRoomAgain_onceItIsTaken() {
        RejectionCounter rejections = new RejectionCounter(KEYSPACE, 2);
        rejections.add(FIRST, Reason.COUNTER_NEGATIVE, 1);
        rejections.add(SECOND, Reason.COUNTER_NEGATIVE, 2);
        rejections.add(FIRST, Reason.COUNTER_NEGATIVE, 4);
        rejections.charge(FIRST, TestLimits.UNLIMITED, 30);
        rejections.charge(FIRST, TestLimits.UNLIMITED, 12);

        Map<TenantId, Rejected> taken = rejections.take(0, 1);
        boolean hasRoom = rejections.add(THIRD, Reason.COUNTER_NEGATIVE, 8);
        boolean hasMore = rejections.add(FIRST, Reason.COUNTER_NEGATIVE, 16);

        assertThat(taken)
                .isEqualTo(Map.of(FIRST, new Rejected(Map.of(Reason.COUNTER_NEGATIVE, 5L), 42, TestLimits.UNLIMITED)));
        assertThat(hasRoom).isTrue();
        assertThat(hasMore).isFalse();
        assertThat(rejections.take(0, 10).keySet()).containsExactlyInAnyOrder(SECOND, THIRD);
        assertThat(rejections.take(0, 10)).isEmpty();
    }

    /** Each is a field that the call writes, and a call must not block Redis for long. */
    @Test
    void rejectionCounter_countsTenantsAndReasons_whenItIsTaken() {
        RejectionCounter rejections = new RejectionCounter(KEYSPACE, 2);
        rejections.add(FIRST, Reason.COUNTER_NEGATIVE, 1);
        rejections.add(FIRST, Reason.VALUE_INVALID, 1);
        rejections.add(SECOND, Reason.COUNTER_NEGATIVE, 1);

        assertThat(rejections.take(0, 3).keySet()).containsExactly(FIRST);
        assertThat(rejections.take(0, 3).keySet()).containsExactly(SECOND);
    }
}
