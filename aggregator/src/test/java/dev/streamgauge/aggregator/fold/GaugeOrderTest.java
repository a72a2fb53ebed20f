package dev.streamgauge.aggregator.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.accounting.StoreTotals;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two aggregators compete for the samples of one gauge; which of them folds what, and when, must not show. */
class GaugeOrderTest {

    private static final int ROUNDS = 40;
    private static final int SAMPLES = 100;
    private static final TenantId TENANT = new TenantId("acme");
    private static final Family DEPTH = new Family("depth", "", "", Gauge.INSTANCE);

    private final Loops loops = new Loops();

    @AfterEach
    void stop() {
        loops.close();
    }

    @Test
    void gauge_showsTheGreatestTimestampAndPosition_whenTwoAggregatorsFoldInAnyOrder() {
        loops.run("first", Duration.ofSeconds(1));
        loops.run("second", Duration.ofSeconds(1));
        Random random = new Random(3);
        AdmissionScript admission = new AdmissionScript(loops.topology(), AdmissionTerms.DEFAULTS);
        int partition = loops.keyspace().partitionOf(TENANT);
        long greatestTimestamp = -1;
        double expected = Double.NaN;
        for (int round = 0; round < ROUNDS; round++) {
            List<AdmissionRequest> requests = new ArrayList<>();
            for (int i = 0; i < SAMPLES; i++) {
                long timestamp = 1_000_000L + round * 50L + random.nextInt(100); // ties, and late ones
                double value = round * SAMPLES + i;
                requests.add(request(timestamp, value));
                if (timestamp >= greatestTimestamp) { // of equal timestamps, the later position wins
                    greatestTimestamp = timestamp;
                    expected = value;
                }
            }

            // Small calls one after the other, so that both consumers get some while more arrive.
            for (int from = 0; from < SAMPLES; from += 5) {
                List<AdmissionAnswer> answers = admission
                        .call(partition, MemoryPressure.NONE, requests.subList(from, from + 5))
                        .await()
                        .indefinitely();
                assertThat(answers).allMatch(AdmissionAnswer.Stored.class::isInstance);
            }

            await().atMost(Duration.ofSeconds(20))
                    .until(() -> StoreTotals.read(loops.topology())
                                    .await()
                                    .indefinitely()
                                    .backlogEntries()
                            == 0);
            assertThat(shown()).isEqualTo(expected);
        }
    }

    private static AdmissionRequest request(long timestamp, double value) {
        Sample sample = new Sample(0, DEPTH, CanonicalLabels.NONE, new SampleValue.Scalar(value), timestamp);
        return new AdmissionRequest(
                TENANT,
                TenantLimits.DEFAULTS,
                Optional.empty(),
                new byte[0],
                1,
                AdmissionRequest.Charge.ofValues(1),
                Optional.empty(),
                List.of(new AdmissionRequest.NewFamily(DEPTH.name(), FamilyCodec.encode(DEPTH))),
                List.of(new AdmissionRequest.NewSeries(DEPTH.name(), CanonicalLabels.NONE)),
                EntryWriter.encode(TENANT, List.of(sample)));
    }

    private double shown() {
        SeriesPage page = new RegistryReader(loops.topology())
                .readSeries(TENANT, DEPTH.name(), SeriesPage.END)
                .await()
                .indefinitely();
        assertThat(page.series()).hasSize(1);
        byte[] value = page.series().getFirst().value();
        return StoredSeries.decode(DEPTH, value)
                .map(StoredSeries::total)
                .map(Gauge.Delta.class::cast)
                .orElseThrow()
                .value();
    }
}
