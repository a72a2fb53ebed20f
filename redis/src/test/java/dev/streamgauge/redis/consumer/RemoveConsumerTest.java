package dev.streamgauge.redis.consumer;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Await;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A consumer goes only if it holds nothing, since its pending entries would go with it. */
class RemoveConsumerTest {

    private static final Sample ONE = counter("orders_total", "", 1);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    private List<String> consumers() {
        List<?> rows =
                (List<?>) Objects.requireNonNull(redis.command("XINFO", "CONSUMERS", Partition.STREAM, Keyspace.GROUP));
        return rows.stream().map(row -> String.valueOf(((List<?>) row).get(1))).toList();
    }

    private void awaitIdle(Duration idle) {
        Await.until(Duration.ofSeconds(5), () -> {
            List<?> rows = (List<?>)
                    Objects.requireNonNull(redis.command("XINFO", "CONSUMERS", Partition.STREAM, Keyspace.GROUP));
            return rows.stream().allMatch(row -> (Long) ((List<?>) row).get(5) > idle.toMillis());
        });
    }

    /** A consumer that has read an entry, and folded it or not. */
    private FoldConnection reader(String name) {
        FoldConnection consumer = partition.consumer(name);
        partition.admit("acme", ONE);
        Partition.readNew(consumer);
        return consumer;
    }

    private FoldConnection folder(String name) {
        FoldConnection consumer = reader(name);
        Partition.fold(consumer, Partition.readOwn(consumer));
        return consumer;
    }

    @Test
    void leave_removesTheConsumer_whenItHoldsNothing() {
        folder("other");
        FoldConnection consumer = folder("worker");

        consumer.leave();

        assertThat(consumers()).containsExactly("other");
    }

    @Test
    void leave_changesNothing_whenCalledAgain() {
        FoldConnection consumer = folder("worker");
        consumer.leave();
        String once = redis.dump();

        consumer.leave();

        assertThat(redis.dump()).isEqualTo(once);
    }

    @Test
    void leave_keepsTheConsumer_whenItHoldsAnEntry() {
        FoldConnection consumer = reader("worker");
        String before = redis.dump();

        consumer.leave();

        assertThat(consumers()).containsExactly("worker");
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void leave_removesTheConsumer_whenOnlyOthersHoldEntries() {
        FoldConnection consumer = folder("worker");
        reader("other");

        consumer.leave();

        assertThat(consumers()).containsExactly("other");
        assertThat(partition.pending()).isEqualTo(1);
    }

    @Test
    void leave_leavesEveryPartition_whereItHoldsNothing() {
        Keyspace two = new Keyspace(2);
        FoldConnection consumer =
                redis.closedAfterwards(FoldConnection.open(redis.topology(two).node(), "worker"));
        consumer.createGroups();
        redis.append(two.stream(0), "1-0", new byte[] {1});
        redis.append(two.stream(1), "1-0", new byte[] {1});
        consumer.readNew(10);
        redis.command("XACK", two.stream(1), Keyspace.GROUP, "1-0");

        consumer.leave();

        assertThat((List<?>) redis.command("XINFO", "CONSUMERS", two.stream(0), Keyspace.GROUP))
                .hasSize(1);
        assertThat((List<?>) redis.command("XINFO", "CONSUMERS", two.stream(1), Keyspace.GROUP))
                .isEmpty();
    }

    @Test
    void leave_changesNothing_whenGroupOrStreamAreGone() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("DEL", Partition.STREAM);

        consumer.leave();

        assertThat(redis.dump()).isEmpty();
    }

    @Test
    void leave_changesNothing_whenTheStreamIsOfAnotherType() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("DEL", Partition.STREAM);
        redis.command("RPUSH", Partition.STREAM, "unexpected");
        String before = redis.dump();

        consumer.leave();

        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void leave_works_whenRedisIsFullAndHasForgottenTheScript() {
        FoldConnection consumer = folder("worker");
        redis.command("SCRIPT", "FLUSH");
        redis.fill();

        consumer.leave();

        assertThat(consumers()).isEmpty();
    }

    @Test
    void removeIdleConsumers_removesOthersThatHoldNothing_whenIdleForLonger() {
        folder("gone");
        reader("holding");
        FoldConnection consumer = folder("worker");
        awaitIdle(Duration.ofMillis(5));

        consumer.removeIdleConsumers(0, Duration.ofMillis(5));

        assertThat(consumers()).containsExactly("holding", "worker");
    }

    @Test
    void removeIdleConsumers_removesNone_whenNoneIsIdleForLonger() {
        folder("busy");
        FoldConnection consumer = folder("worker");

        consumer.removeIdleConsumers(0, Duration.ofMinutes(5));

        assertThat(consumers()).containsExactly("busy", "worker");
    }
}
