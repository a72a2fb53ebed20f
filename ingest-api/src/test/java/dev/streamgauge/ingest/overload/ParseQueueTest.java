package dev.streamgauge.ingest.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantId;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ParseQueueTest {

    private static final TenantId GREEDY = new TenantId("greedy");
    private static final TenantId QUIET = new TenantId("quiet");

    private final ParseQueue queue = new ParseQueue(1);
    private final List<String> order = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        queue.close();
    }

    private Future<String> submit(TenantId tenant, String name) {
        return queue.submit(tenant, () -> {
            order.add(name);
            return name;
        });
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void tenants_takeTurns() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        Future<Boolean> busy = queue.submit(GREEDY, () -> {
            started.countDown();
            gate.await();
            return true;
        });
        started.await();
        List<Future<String>> all = List.of(
                submit(GREEDY, "greedy 1"),
                submit(GREEDY, "greedy 2"),
                submit(GREEDY, "greedy 3"),
                submit(QUIET, "quiet 1"),
                submit(QUIET, "quiet 2"));

        gate.countDown();

        assertThat(await(busy)).isTrue();
        assertThat(all.stream().map(ParseQueueTest::await)).hasSize(5);
        assertThat(order).containsExactly("greedy 1", "quiet 1", "greedy 2", "quiet 2", "greedy 3");
    }

    @Test
    void submit_failsWithTheExceptionOfTheWork_andTheNextIsDone() {
        Future<String> broken = queue.submit(GREEDY, () -> {
            throw new IOException("broken");
        });
        Future<String> next = submit(GREEDY, "next");

        assertThat(await(next)).isEqualTo("next");
        assertThat(broken.cause()).hasMessage("broken");
    }
}
