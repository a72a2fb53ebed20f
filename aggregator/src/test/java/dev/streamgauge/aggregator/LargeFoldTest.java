package dev.streamgauge.aggregator;

import static dev.streamgauge.aggregator.Loops.DEADLINE;
import static dev.streamgauge.aggregator.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.Loops.Running;
import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.stream.EntryWriter;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LargeFoldTest {

    @Test
    void entriesThatWait_areFoldedInOneCall_thoughTheyTakeSeveralReads() {
        try (Loops loops = new Loops()) {
            Tenant tenant = loops.tenant("acme");
            for (int i = 0; i < 200; i++) {
                tenant.admit(counter("orders_total", "", 1));
            }

            Running loop = loops.run("one", Duration.ofSeconds(30));

            awaitFolded(tenant, 200);
            await().atMost(DEADLINE).until(() -> loop.folds() > 0); // counted after the answer
            assertThat(loop.folds()).isEqualTo(1);
        }
    }

    @Test
    void entriesOfOneSender_areFoldedTogether_whenNotAllFitOneCall() {
        try (Loops loops = new Loops()) {
            Tenant tenant = loops.tenant("acme");
            for (int push = 0; push < 10; push++) {
                for (String sender : List.of("a", "b", "c")) {
                    List<Sample> samples = IntStream.range(0, 400)
                            .mapToObj(i -> counter("orders_total", "item=\"%s%d\"".formatted(sender, i), 1))
                            .toList();
                    tenant.admit(samples, EntryWriter.encode(tenant.id(), samples));
                }
            }

            Running loop = loops.run("one", Duration.ofSeconds(30));

            awaitFolded(tenant, 12_000);
            await().atMost(DEADLINE).until(() -> loop.folds() > 1);
            assertThat(loop.folds()).isEqualTo(2); // a and b, then c: 1,000 series and one entry close a call
        }
    }

    private static void awaitFolded(Tenant tenant, int samples) {
        String folded = "accepted %1$d folded %1$d dead 0 pending 0".formatted(samples);
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(tenant.totals()).isEqualTo(folded));
    }
}
