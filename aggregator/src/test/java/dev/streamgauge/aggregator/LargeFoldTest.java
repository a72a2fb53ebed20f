package dev.streamgauge.aggregator;

import static dev.streamgauge.aggregator.Loops.DEADLINE;
import static dev.streamgauge.aggregator.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.Loops.Running;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LargeFoldTest {

    @Test
    void entriesThatWait_areFoldedInOneCall_thoughTheyTakeSeveralReads() {
        try (Loops loops = new Loops()) {
            Tenant tenant = loops.tenant("acme");
            for (int i = 0; i < 300; i++) {
                tenant.admit(counter("orders_total", "", 1));
            }

            Running loop = loops.run("one", Duration.ofSeconds(30));

            await().atMost(DEADLINE)
                    .untilAsserted(
                            () -> assertThat(tenant.totals()).isEqualTo("accepted 300 folded 300 dead 0 pending 0"));
            await().atMost(DEADLINE).until(() -> loop.folds() > 0); // counted after the answer
            assertThat(loop.folds()).isEqualTo(1);
        }
    }
}
