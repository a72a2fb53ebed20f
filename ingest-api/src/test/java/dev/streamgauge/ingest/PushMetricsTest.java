package dev.streamgauge.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

/** What this process counts of refusals. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class PushMetricsTest {

    private static final String GOOD = Sender.counter("orders_total", 1);
    private static final String BAD = Sender.counter("orders_total", -1);
    private static final String NO_NAME = "{\"type\": \"counter\", \"value\": 1}";

    private final Sender sender = new Sender("counted");

    @Test
    void samples_areCountedByReason_whenRefused() {
        double negative = OwnMetrics.rejectedSamples("counter-negative");
        double nameless = OwnMetrics.rejectedSamples("missing-metric-name");
        double requests = OwnMetrics.rejectedRequests("counter-negative");

        sender.push("[" + GOOD + "," + BAD + "," + BAD + "," + NO_NAME + "]");
        sender.push("[" + BAD + "]");

        assertThat(OwnMetrics.rejectedSamples("counter-negative") - negative).isEqualTo(3);
        assertThat(OwnMetrics.rejectedSamples("missing-metric-name") - nameless).isEqualTo(1);
        assertThat(OwnMetrics.rejectedRequests("counter-negative") - requests).isZero();
    }

    @Test
    void samples_areAllCounted_whenMoreAreRefusedThanListed() {
        double before = OwnMetrics.rejectedSamples("counter-negative");

        sender.push("[" + (BAD + ",").repeat(149) + BAD + "]");

        assertThat(OwnMetrics.rejectedSamples("counter-negative") - before).isEqualTo(150);
    }

    @Test
    void requests_areCountedByReason_whenRefusedAsAWhole() {
        double json = OwnMetrics.rejectedRequests("invalid-json");
        double jsonSamples = OwnMetrics.rejectedSamples("invalid-json");
        double media = OwnMetrics.rejectedRequests("unsupported-media-type");
        double tenant = OwnMetrics.rejectedRequests("tenant-invalid");
        double reused = OwnMetrics.rejectedRequests("idempotency-key-reused");

        sender.push("[" + GOOD);
        sender.push("[");
        sender.push(GOOD, "Content-Type: text/plain");
        new Sender("in/valid").push(GOOD);
        sender.push("[" + GOOD + "]", "Idempotency-Key: k");
        sender.push("[" + GOOD + "," + BAD + "]", "Idempotency-Key: k");

        assertThat(OwnMetrics.rejectedRequests("invalid-json") - json).isEqualTo(2);
        assertThat(OwnMetrics.rejectedSamples("invalid-json") - jsonSamples).isZero();
        assertThat(OwnMetrics.rejectedRequests("unsupported-media-type") - media)
                .isEqualTo(1);
        assertThat(OwnMetrics.rejectedRequests("tenant-invalid") - tenant).isEqualTo(1);
        assertThat(OwnMetrics.rejectedRequests("idempotency-key-reused") - reused)
                .isEqualTo(1);
    }

    @Test
    void nothing_isCounted_whenARefusalIsRepeatedByItsKey() {
        String body = "[" + GOOD + "," + BAD + "]";
        sender.push(body, "Idempotency-Key: repeated");
        double before = OwnMetrics.rejectedSamples("counter-negative");

        sender.push(body, "Idempotency-Key: repeated");

        assertThat(OwnMetrics.rejectedSamples("counter-negative") - before).isZero();
    }

    @Test
    void everyReason_hasItsSeries_fromTheStart() {
        for (Reason reason : Reason.values()) {
            assertThat(OwnMetrics.rejectedSamples(reason.id())).isNotNegative();
            assertThat(OwnMetrics.rejectedRequests(reason.id())).isNotNegative();
        }
    }
}
