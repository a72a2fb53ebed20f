package dev.streamgauge.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.RegisteredSeriesCacheTest.Settings;
import dev.streamgauge.redis.admission.TenantEpoch;
import dev.streamgauge.redis.topology.ServerRun;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a push asks Redis about a series whose template is known. */
class PushTest {

    private static final TenantId SHOP = new TenantId("shop");
    private static final TenantId BANK = new TenantId("bank");
    private static final ServerRun RUN = new ServerRun("run");
    private static final TenantEpoch FIRST = new TenantEpoch(RUN, "1763700000000000");
    private static final TenantEpoch SECOND = new TenantEpoch(RUN, "1763700000000001");
    private static final byte[] BODY =
            "[{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}]".getBytes(StandardCharsets.UTF_8);

    private final RegisteredSeriesCache registeredSeries =
            new RegisteredSeriesCache(new Settings(Duration.ofSeconds(10), 1_000, 1 << 20, 0));
    private final TemplateCache templates = new TemplateCache(16);

    @Test
    void series_areAskedAboutUntilTheyAreRegistered_andNeverAgain() {
        Push.Plan first = plan(SHOP);
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

    private Push.Plan plan(TenantId tenant) {
        ValidatedBody validated = TemplateParser.validateDocument(templates, TenantLimits.DEFAULTS, Instant.EPOCH, BODY)
                .orElseThrow();
        Push push = new Push(tenant, TenantLimits.DEFAULTS, Optional.empty(), validated, BODY.length);
        return push.plan(registeredSeries);
    }
}
