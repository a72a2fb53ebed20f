package dev.streamgauge.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.ingest.limits.TightLimits;
import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** How this process counts rejections, and what it says of itself. */
@QuarkusTest
@TestProfile(TightLimits.class)
@WithTestResource(RedisTestResource.class)
class PushMetricsAppTest {

    private static final String GOOD = Sender.counter("orders_total", 1);
    private static final String BAD = Sender.counter("orders_total", -1);
    private static final String NO_NAME = "{\"type\": \"counter\", \"value\": 1}";

    private final Sender sender = new Sender("counted");

    @ConfigProperty(name = "quarkus.application.version")
    String version;

    private static double discarded(String reason) {
        return OwnMetrics.discardedSamples("counted", reason);
    }

    private static String array(String sample, int count) {
        return "[" + String.join(",", Collections.nCopies(count, sample)) + "]";
    }

    @Test
    void samples_areCountedByTenantAndReason_whenRejected() {
        double negative = discarded("counter-negative");
        double nameless = discarded("missing-metric-name");
        double requests = OwnMetrics.rejectedRequests("counter-negative");

        sender.push("[" + GOOD + "," + BAD + "," + BAD + "," + NO_NAME + "]");
        sender.push("[" + BAD + "]");
        new Sender("another").push("[" + BAD + "]");

        assertThat(discarded("counter-negative") - negative).isEqualTo(3);
        assertThat(discarded("missing-metric-name") - nameless).isEqualTo(1);
        assertThat(OwnMetrics.discardedSamples("another", "counter-negative")).isEqualTo(1);
        assertThat(OwnMetrics.rejectedRequests("counter-negative") - requests).isZero();
    }

    @Test
    void samples_areAllCounted_whenMoreAreRejectedThanListed() {
        double before = discarded("counter-negative");

        sender.push(array(BAD, 150));

        assertThat(discarded("counter-negative") - before).isEqualTo(150);
    }

    @Test
    void requests_areCountedByReason_whenRejectedAsAWhole() {
        double json = OwnMetrics.rejectedRequests("invalid-json");
        double media = OwnMetrics.rejectedRequests("unsupported-media-type");
        double tenant = OwnMetrics.rejectedRequests("tenant-invalid");

        sender.push("[" + GOOD);
        sender.push("[");
        sender.push(GOOD, "Content-Type: text/plain");
        new Sender("in/valid").push(GOOD);

        assertThat(OwnMetrics.rejectedRequests("invalid-json") - json).isEqualTo(2);
        assertThat(discarded("invalid-json")).isZero(); // the number of samples in it is not known
        assertThat(OwnMetrics.rejectedRequests("unsupported-media-type") - media)
                .isEqualTo(1);
        assertThat(OwnMetrics.rejectedRequests("tenant-invalid") - tenant).isEqualTo(1);
    }

    @Test
    void samples_areCounted_whenRejectedWithTheirWholeRequest() {
        Sender greedy = new Sender("greedy");
        greedy.push(array(GOOD, 18)); // the burst, with two look-ups

        int rate = greedy.push("[" + GOOD + "," + BAD + "," + GOOD + "]").status();
        int burst = greedy.push(array(GOOD, 21)).status();
        int count = new Sender("counting").push(array(GOOD, 10_050)).status();
        int common = new Sender("common")
                .push("{\"labels\": {\"__a\": \"b\"}, \"metrics\": " + array(GOOD, 4) + "}")
                .status();
        int envelope = new Sender("envelope")
                .push("{\"tenant\": 1, \"metrics\": " + array(GOOD, 5) + "}")
                .status();

        assertThat(new int[] {rate, burst, count, common, envelope}).containsExactly(429, 413, 413, 400, 400);
        assertThat(OwnMetrics.discardedSamples("greedy", "tenant-max-ingestion-rate"))
                .isEqualTo(2 + 21);
        assertThat(OwnMetrics.discardedSamples("greedy", "counter-negative")).isEqualTo(1);
        assertThat(OwnMetrics.discardedSamples("counting", "max-samples-per-request"))
                .isEqualTo(10_001); // as far as it was read
        assertThat(OwnMetrics.discardedSamples("common", "label-invalid")).isEqualTo(4);
        assertThat(OwnMetrics.discardedSamples("envelope", "unknown-field")).isEqualTo(5);
    }

    @Test
    void samples_areCounted_whenTheirKeyWasUsedForOthers() {
        Sender reusing = new Sender("reusing");
        reusing.push("[" + GOOD + "]", "Idempotency-Key: k");

        reusing.push("[" + GOOD + "," + BAD + "]", "Idempotency-Key: k");

        assertThat(OwnMetrics.discardedSamples("reusing", "idempotency-key-reused"))
                .isEqualTo(1);
        assertThat(OwnMetrics.discardedSamples("reusing", "counter-negative")).isEqualTo(1);
    }

    @Test
    void nothing_isCounted_whenARejectionIsRepeatedByItsKey() {
        Sender repeating = new Sender("repeating");
        String body = "[" + GOOD + "," + BAD + "]";
        repeating.push(body, "Idempotency-Key: repeated");

        repeating.push(body, "Idempotency-Key: repeated");

        assertThat(OwnMetrics.discardedSamples("repeating", "counter-negative")).isEqualTo(1);
    }

    @Test
    void everyReason_hasItsSeriesOfRequests_fromTheStart() {
        assertThat(Stream.<ErrorId[]>of(Reason.values(), PushError.values(), RequestError.values())
                        .flatMap(Arrays::stream)
                        .map(ErrorId::id))
                .allSatisfy(id -> assertThat(OwnMetrics.rejectedRequests(id)).isNotNegative());
    }

    @Test
    void pushes_areMeasuredByTheClassOfTheirStatus() {
        double accepted = OwnMetrics.answeredPushes("2xx");
        double rejected = OwnMetrics.answeredPushes("4xx");
        double failed = OwnMetrics.answeredPushes("5xx");

        sender.push(GOOD); // 202
        sender.push("[" + GOOD + "," + BAD + "]", "Idempotency-Key: measured");
        sender.push("[" + GOOD + "," + BAD + "]", "Idempotency-Key: measured"); // replayed
        sender.push(BAD); // 400, by its samples
        sender.push("["); // 400
        sender.push(GOOD, "Content-Type: text/plain"); // 415

        assertThat(OwnMetrics.answeredPushes("2xx") - accepted).isEqualTo(3);
        assertThat(OwnMetrics.answeredPushes("4xx") - rejected).isEqualTo(3);
        assertThat(OwnMetrics.answeredPushes("5xx") - failed).isZero();
    }

    @Test
    void pushDurations_haveBucketsFrom5MillisecondsTo10Seconds() {
        for (String outcome : new String[] {"2xx", "4xx", "5xx"}) {
            List<String> bounds = Sender.get("/q/metrics")
                    .text()
                    .lines()
                    .filter(line -> line.startsWith("streamgauge_push_duration_seconds_bucket{outcome=\"" + outcome))
                    .map(line -> line.replaceFirst(".*le=\"(.*?)\".*", "$1"))
                    .toList();

            assertThat(bounds)
                    .containsExactly(
                            "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0",
                            "+Inf");
        }
    }

    @Test
    void process_saysItsVersionAndRole() {
        assertThat(OwnMetrics.read("streamgauge_build_info{role=\"ingest\",version=\"" + version + "\"}"))
                .isEqualTo(1);
    }
}
