package dev.streamgauge.server.limits;

import static dev.streamgauge.server.TestRedis.DEADLINE;
import static dev.streamgauge.server.TestRedis.KEYSPACE;
import static dev.streamgauge.server.tenants.Directory.MADE;
import static dev.streamgauge.server.tenants.Directory.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.server.Settings;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.TestRedis;
import dev.streamgauge.server.tenants.Directory;
import dev.streamgauge.server.tenants.TenantCache;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class TenantLimitsSourceTest {

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private static final TenantId ACME = new TenantId("acme");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    private Path folder;

    /** A source whose cache of tenants has been read. */
    private TenantLimitsSource source(StreamgaugeConfig config) {
        TenantCache tenants = new TenantCache(
                REDIS.vertx(), new SingleServer(REDIS.connections(), KEYSPACE), config, registry, () -> MADE);
        tenants.refresh().await().atMost(DEADLINE);
        TenantLimitsSource source = new TenantLimitsSource(config, tenants, REDIS.vertx(), registry);
        REDIS.closedAfterwards(() -> source.stop(new ShutdownEvent()));
        return source;
    }

    private TenantLimitsSource started(StreamgaugeConfig config) {
        TenantLimitsSource source = source(config);
        source.start(new StartupEvent());
        return source;
    }

    private String overrides(String yaml) throws IOException {
        Path next = Files.writeString(folder.resolve("next"), yaml);
        return Files.move(
                        next,
                        folder.resolve("overrides.yaml"),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING)
                .toString();
    }

    @Test
    void limitsOf_areTheConfiguredOnes_whenTheTenantHasNoneOfItsOwn() {
        TenantLimitsSource source = started(Settings.of("limits.max-samples-per-request", "7"));

        TenantLimits limits = source.limitsOf(ACME);

        assertThat(limits).isEqualTo(TenantLimits.DEFAULTS.with(Map.of(Limit.MAX_SAMPLES_PER_REQUEST, 7.0)));
    }

    /** Each source says something of the limits that those above it say, and of one more. */
    @Test
    void limitsOf_areThoseOfTheOverridesThenOfTheRecordThenTheConfiguredOnes() throws IOException {
        new Directory(REDIS)
                .put(tenant("acme")
                        .withLimits(Map.of(Limit.MAX_SAMPLES_PER_REQUEST, 20.0, Limit.MAX_VALUES_PER_SAMPLE, 20.0)));
        TenantLimitsSource source = started(Settings.of(
                "overrides-file", overrides("overrides: {acme: {max_samples_per_request: 30}}\n"),
                "limits.max-samples-per-request", "10",
                "limits.max-values-per-sample", "10",
                "limits.max-buckets-per-histogram", "10"));

        TenantLimits limits = source.limitsOf(ACME);
        TenantLimits others = source.limitsOf(new TenantId("beta"));

        assertThat(limits.maxSamplesPerRequest()).isEqualTo(30);
        assertThat(limits.maxValuesPerSample()).isEqualTo(20);
        assertThat(limits.maxBucketsPerHistogram()).isEqualTo(10);
        assertThat(others.maxSamplesPerRequest()).isEqualTo(10);
        assertThat(others.maxValuesPerSample()).isEqualTo(10);
    }

    @Test
    void limitsOf_followTheFile() throws IOException {
        TenantLimitsSource source = started(Settings.of(
                "overrides-file",
                overrides("overrides: {acme: {max_samples_per_request: 1}}\n"),
                "reload-period",
                "5ms"));
        assertThat(source.limitsOf(ACME).maxSamplesPerRequest()).isOne();

        overrides("overrides: {acme: {max_samples_per_request: 2}}\n");

        await().atMost(DEADLINE).until(() -> source.limitsOf(ACME).maxSamplesPerRequest() == 2);
    }

    @Test
    void start_fails_whenTheConfiguredLimitsCannotBeHadTogether() {
        TenantLimitsSource source = source(Settings.of("limits.request-rate", "5"));

        assertThatThrownBy(() -> source.start(new StartupEvent()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("streamgauge.limits: request_burst_size: 0 given, at least 1 expected");
    }

    @Test
    void start_fails_whenTheOverridesCannotBeHadWithTheConfiguredLimits() throws IOException {
        String file = overrides("overrides: {acme: {request_rate: 5}}\n");
        TenantLimitsSource source = source(Settings.of("overrides-file", file));

        assertThatThrownBy(() -> source.start(new StartupEvent()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("streamgauge.overrides-file: " + file + ": overrides.acme.request_burst_size");
    }

    @Test
    void findFlaw_looksAtTheLimitsTogetherWithTheConfiguredOnes() {
        TenantLimitsSource source = source(Settings.of("limits.request-burst-size", "3"));

        assertThat(source.findFlaw(Map.of(Limit.REQUEST_RATE, 5.0))).isEmpty();
        assertThat(source.findFlaw(Map.of(Limit.REQUEST_RATE, 5.0, Limit.REQUEST_BURST_SIZE, 0.0)))
                .isPresent();
    }
}
