package dev.streamgauge.aggregator.fold;

import static dev.streamgauge.aggregator.fold.Loops.DEADLINE;
import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.Tenant;
import dev.streamgauge.core.tenant.SeriesExpiry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class UnforeseenFailureTest {

    @Test
    void loop_foldsItsEntries_whenItFailedInAnUnforeseenWay() {
        AtomicInteger failures = new AtomicInteger(3);
        try (Loops loops = new Loops()) {
            Tenant tenant = loops.tenant("acme");
            tenant.admit(counter("orders_total", "", 1));

            loops.run("one", Duration.ofSeconds(30), any -> {
                if (failures.getAndDecrement() > 0) {
                    throw new IllegalStateException("unforeseen");
                }
                return SeriesExpiry.NEVER;
            });

            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(tenant.totals()).isEqualTo("accepted 1 folded 1 dead 0 pending 0"));
        }
    }
}
