package dev.streamgauge.ingest.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.ingest.Answer;
import dev.streamgauge.ingest.Sender;
import dev.streamgauge.ingest.Store;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a sender is told when its tenant has used up the bytes that it may take in Redis. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class BytesLimitsAppTest {

    private static final long WINDOW_MILLIS = 600_000;

    private static String sample(String name) {
        return Sender.counter(name, 1);
    }

    private static long nowMillis() {
        Object time = Objects.requireNonNull(Store.command("TIME"));
        return Long.parseLong(((List<?>) time).getFirst().toString()) * 1_000;
    }

    @Test
    void newSeries_areRejected_whenTheRegistryIsFull() {
        Sender sender = new Sender("full-registry");
        sender.push(sample("old_total"));
        Store.command("HSET", Store.of("full-registry").totalsKey(), "registry_bytes", "134217728");
        String series = "{\"name\": \"old_total\", \"type\": \"counter\", \"value\": 1, \"labels\": {\"n\": \"1\"}}";

        Answer family = sender.push("[" + sample("old_total") + "," + sample("new_total") + "]");
        Answer both = sender.push("[" + series + "," + sample("old_total") + "]");
        Answer alone = sender.push(series);

        assertThat(family.outline()).isEqualTo("202 accepted 1 rejected 1\n1 max-registry-bytes\n");
        assertThat(both.outline()).isEqualTo("202 accepted 1 rejected 1\n0 max-registry-bytes\n");
        assertThat(alone.outline()).isEqualTo("400 max-registry-bytes\n0 max-registry-bytes\n");
        assertThat(alone.text()).contains("no room for more in its 134217728 bytes");
    }

    /** Such a request registers its series ahead. */
    @Test
    void manyNewSeries_areRejected_whenTheRegistryIsFull() {
        Sender sender = new Sender("full-for-many");
        sender.push(sample("old_total"));
        Store.command("HSET", Store.of("full-for-many").totalsKey(), "registry_bytes", "134217728");
        StringBuilder samples = new StringBuilder("[" + sample("old_total"));
        for (int i = 0; i < 600; i++) {
            samples.append(",").append(sample("new_" + i + "_total"));
        }

        Answer answer = sender.push(samples + "]");

        assertThat(answer.outline()).startsWith("202 accepted 1 rejected 600\n1 max-registry-bytes\n");
    }

    @Test
    void push_is503_whenTheBacklogHasItsBytes() {
        Sender sender = new Sender("full-backlog");
        Store.command("HSET", Store.of("full-backlog").totalsKey(), "backlog", "1", "backlog_bytes", "67108864");

        Answer answer = sender.push(sample("orders_total"));

        assertThat(answer.outline()).isEqualTo("503 backlog-full\n");
        assertThat(answer.text()).contains("67108864 bytes of unfolded entries");
    }

    @Test
    void push_is429_whenItsKeyHasNoRoom_andIsAcceptedWithoutOne() {
        Sender sender = new Sender("full-records");
        sender.push(sample("orders_total"), "Idempotency-Key: old");
        byte[] records = ByteBuffer.allocate(24)
                .putDouble((double) Math.floorDiv(nowMillis(), WINDOW_MILLIS))
                .putDouble(33_554_432)
                .putDouble(0)
                .array();
        Store.of("full-records").setTotal("idempotency", records);

        Answer answer = sender.push(sample("orders_total"), "Idempotency-Key: new");

        assertThat(answer.outline()).isEqualTo("429 max-idempotency-bytes\n");
        assertThat(answer.retryAfterSeconds()).isBetween(1, 600);
        assertThat(sender.push(sample("orders_total"), "Idempotency-Key: old").header("Idempotency-Replayed"))
                .hasValue("true");
        assertThat(sender.push(sample("orders_total")).outline()).isEqualTo("202 accepted 1\n");
        assertThat(Store.command("EXISTS", Store.of("full-records").idempotencyKey("new")))
                .isEqualTo(0L);
    }
}
