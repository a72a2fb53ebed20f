package dev.streamgauge.ingest.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.FixedIngestConfig;
import dev.streamgauge.ingest.admission.RegisteredSeriesCache.Epoch;
import dev.streamgauge.redis.admission.TenantEpoch;
import dev.streamgauge.redis.topology.ServerRun;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RegisteredSeriesCacheTest {

    private static final TenantId SHOP = new TenantId("shop");
    private static final TenantId BANK = new TenantId("bank");
    private static final ServerRun RUN = new ServerRun("run");
    private static final TenantEpoch FIRST = new TenantEpoch(RUN, "1763700000000000");
    private static final TenantEpoch SECOND = new TenantEpoch(RUN, "1763700000000001");
    private static final Family ORDERS = new Family("orders_total", "", "", Counter.INSTANCE);

    private final RegisteredSeriesCache cache =
            new RegisteredSeriesCache(new FixedIngestConfig(Duration.ofSeconds(10), 1_000, 1 << 20, 0));

    private static CanonicalLabels series(int number) {
        TreeMap<String, String> labels = new TreeMap<>();
        labels.put("n", Integer.toString(number));
        return CanonicalLabels.of(labels);
    }

    @Test
    void nothing_isKnown_atFirst() {
        assertThat(cache.find(SHOP)).isEmpty();
    }

    /** If keys had no order, each lookup would compare with all of them, which would take minutes. */
    @Test
    @Timeout(20)
    void series_areFoundSoon_whenTheirHashesAreEqual() {
        RegisteredSeriesCache many =
                new RegisteredSeriesCache(new FixedIngestConfig(Duration.ofSeconds(10), 400_000, 1 << 20, 0));
        Epoch shop = many.enter(SHOP, FIRST);
        List<CanonicalLabels> colliding = IntStream.range(0, 1 << 16)
                .mapToObj(RegisteredSeriesCacheTest::colliding)
                .toList();
        assertThat(colliding.stream().map(CanonicalLabels::hashCode).distinct()).hasSize(1);

        colliding.forEach(labels -> many.learnSeries(shop, "orders_total", labels));

        assertThat(colliding).allMatch(labels -> many.isKnown(shop, "orders_total", labels));
    }

    /** One of many texts with one hash, since "Aa" and "BB" have one. */
    private static CanonicalLabels colliding(int number) {
        StringBuilder value = new StringBuilder();
        for (int bit = 0; bit < 16; bit++) {
            value.append((number >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return CanonicalLabels.of(new TreeMap<>(Map.of("n", value.toString())));
    }

    @Test
    void whatWasLearned_isFoundInTheEpochOfItsTenantOnly() {
        Epoch shop = cache.enter(SHOP, FIRST);
        Epoch bank = cache.enter(BANK, FIRST);

        cache.learnFamily(shop, ORDERS);
        cache.learnSeries(shop, "orders_total", series(1));

        assertThat(cache.find(SHOP)).contains(shop);
        assertThat(cache.findFamily(shop, "orders_total")).isEqualTo(ORDERS);
        assertThat(cache.findFamily(shop, "other")).isNull();
        assertThat(cache.isKnown(shop, "orders_total", series(1))).isTrue();
        assertThat(cache.isKnown(shop, "orders_total", series(2))).isFalse();
        assertThat(cache.isKnown(shop, "other", series(1))).isFalse();
        assertThat(cache.findFamily(bank, "orders_total")).isNull();
        assertThat(cache.isKnown(bank, "orders_total", series(1))).isFalse();
    }

    @Test
    void enter_givesTheEpochThatIsKnown_ofTheSameNumber() {
        Epoch first = cache.enter(SHOP, FIRST);

        assertThat(cache.enter(SHOP, FIRST)).isSameAs(first);
    }

    @Test
    void enter_forgetsAll_whenTheNumberChanges() {
        Epoch before = cache.enter(SHOP, FIRST);
        cache.learnFamily(before, ORDERS);
        cache.learnSeries(before, "orders_total", series(1));

        Epoch after = cache.enter(SHOP, SECOND);

        assertThat(cache.find(SHOP)).contains(after);
        assertThat(after.named()).isEqualTo(SECOND);
        assertThat(cache.findFamily(after, "orders_total")).isNull();
        assertThat(cache.isKnown(after, "orders_total", series(1))).isFalse();
    }

    @Test
    void forget_forgetsAll_evenWhenTheSameNumberComesBack() {
        Epoch before = cache.enter(SHOP, FIRST);
        cache.learnSeries(before, "orders_total", series(1));

        cache.forget(before);

        assertThat(cache.find(SHOP)).isEmpty();
        assertThat(cache.isKnown(cache.enter(SHOP, FIRST), "orders_total", series(1)))
                .isFalse();
    }

    @Test
    void forget_leavesALaterEpochAlone() {
        Epoch before = cache.enter(SHOP, FIRST);
        Epoch after = cache.enter(SHOP, SECOND);

        cache.forget(before);

        assertThat(cache.find(SHOP)).contains(after);
    }

    @Test
    void series_areForgotten_beyondTheConfiguredNumber() {
        Epoch shop = cache.enter(SHOP, FIRST);
        for (int i = 0; i < 10_000; i++) {
            cache.learnSeries(shop, "orders_total", series(i));
        }

        long stillKnown = 0;
        for (int i = 9_999; i >= 0; i--) {
            stillKnown += cache.isKnown(shop, "orders_total", series(i)) ? 1 : 0;
        }

        assertThat(stillKnown).isBetween(500L, 1_000L);
    }
}
