package dev.streamgauge.ingest.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.ingest.FixedIngestConfig;
import dev.streamgauge.ingest.protocol.ParsedPush;
import dev.streamgauge.ingest.protocol.SeriesMemo;
import dev.streamgauge.redis.admission.TenantEpoch;
import dev.streamgauge.redis.topology.ServerRun;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a push asks Redis about a series that was pushed before. */
class AdmissionPlannerTest {

    private static final TenantId SHOP = new TenantId("shop");
    private static final TenantId BANK = new TenantId("bank");
    private static final ServerRun RUN = new ServerRun("run");
    private static final TenantEpoch FIRST = new TenantEpoch(RUN, "1763700000000000");
    private static final TenantEpoch SECOND = new TenantEpoch(RUN, "1763700000000001");
    private static final Family ORDERS = new Family("orders_total", "", "", Counter.INSTANCE);

    private final RegisteredSeriesCache registeredSeries =
            new RegisteredSeriesCache(new FixedIngestConfig(Duration.ofSeconds(10), 1_000, 1 << 20, 0));
    private final SeriesMemo memo = new SeriesMemo() {};

    @Test
    void series_areAskedAboutUntilTheyAreRegistered_andNeverAgain() {
        AdmissionPlan first = plan(SHOP);
        first.learn(registeredSeries, FIRST);

        assertThat(first.newSeries()).hasSize(1);
        assertThat(plan(SHOP).newSeries()).isEmpty();
        assertThat(plan(SHOP).newSeries()).isEmpty();
    }

    @Test
    void series_areAskedAboutAgain_whenTheTenantsEpochIsAnother() {
        plan(SHOP).learn(registeredSeries, FIRST);
        assertThat(plan(SHOP).newSeries()).isEmpty();

        registeredSeries.enter(SHOP, SECOND);

        assertThat(plan(SHOP).newSeries()).hasSize(1);
    }

    @Test
    void series_areAskedAbout_whenOnlyAnotherTenantHasThem() {
        plan(SHOP).learn(registeredSeries, FIRST);
        assertThat(plan(SHOP).newSeries()).isEmpty();

        registeredSeries.enter(BANK, FIRST);

        assertThat(plan(BANK).newSeries()).hasSize(1);
    }

    private AdmissionPlan plan(TenantId tenant) {
        Sample sample = new Sample(0, ORDERS, CanonicalLabels.NONE, new SampleValue.Scalar(1), Sample.NO_TIMESTAMP);
        ParsedPush.Samples parsed = new ParsedPush.Samples(List.of(sample), List.of(), index -> "", List.of(memo));
        Push push = new Push(tenant, TenantLimits.DEFAULTS, Optional.empty(), parsed);
        return new AdmissionPlanner(AdmissionRound.first(push), registeredSeries).plan();
    }
}
