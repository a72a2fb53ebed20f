package dev.streamgauge.aggregator.fold.batch;

import static dev.streamgauge.aggregator.fold.Loops.DEADLINE;
import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.Tenant;
import dev.streamgauge.aggregator.fold.Loops;
import dev.streamgauge.aggregator.fold.Loops.Running;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.testkit.stored.StoredSummaries;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
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
                for (String sender : List.of("a", "b", "c", "d", "e")) {
                    List<Sample> samples = manyCounters(sender, 400);
                    tenant.admit(samples, EntryWriter.encode(tenant.id(), samples));
                }
            }

            Running loop = loops.run("one", Duration.ofSeconds(30));

            awaitFolded(tenant, 20_000);
            await().atMost(DEADLINE).until(() -> loop.folds() > 1);
            assertThat(loop.folds()).isEqualTo(2); // 1,000 series and one sender close a call
        }
    }

    @Test
    void fullEntries_areFoldedTogether_whenTheyAddToTheSameSeries() {
        try (Loops loops = new Loops()) {
            Tenant tenant = loops.tenant("acme");
            List<Sample> samples = manyCounters("a", 1_000);
            for (int push = 0; push < 10; push++) {
                tenant.admit(samples, EntryWriter.encode(tenant.id(), samples));
            }

            Running loop = loops.run("one", Duration.ofSeconds(30));

            awaitFolded(tenant, 10_000);
            await().atMost(DEADLINE).until(() -> loop.folds() > 1);
            assertThat(loop.folds()).isEqualTo(2); // the rest of each push is an entry of its own
        }
    }

    @Test
    void partitionWhereLittleWaits_isFoldedBeforeOneWhereMuchDoes() {
        try (Loops loops = new Loops()) {
            Tenant much = tenantIn(loops, 0);
            Tenant little = tenantIn(loops, 1);
            for (int push = 0; push < 10; push++) {
                List<Sample> samples = manyCounters(Integer.toString(push), 400);
                much.admit(samples, EntryWriter.encode(much.id(), samples));
            }
            little.admit(counter("orders_total", "", 1));

            loops.run("one", Duration.ofSeconds(30));

            awaitFolded(much, 4_000);
            awaitFolded(little, 1);
            assertThat(firstFold(little)).isBeforeOrEqualTo(firstFold(much));
        }
    }

    /** The fold loop does not know what is stored, so the fold script says when a call costs too much. */
    @Test
    void entries_areFoldedInSmallerBatches_whenTheirSummariesAreLargeInTheStore() {
        try (Loops loops = new Loops()) {
            Tenant tenant = loops.tenant("acme");
            int summaries = 20;
            for (int i = 0; i < summaries; i++) {
                Sample oneValue = summary("bytes", "a=\"%d\"".formatted(i), 1);
                tenant.admit(oneValue);
                long now = System.currentTimeMillis();
                tenant.store(oneValue, StoredSummaries.encode(StoredSummaries.full(now), now));
            }

            Running loop = loops.run("one", Duration.ofSeconds(30));

            awaitFolded(tenant, summaries);
            await().atMost(DEADLINE).until(() -> loop.folds() >= 10);
            assertThat(loop.folds()).isEqualTo(10);
            assertThat(loop.counter("fold.split.batches")).isEqualTo(1);
            assertThat(loop.counter("fold.failed.batches")).isZero();
            assertThat(tenant.deadLetters()).isEmpty();
        }
    }

    private static Tenant tenantIn(Loops loops, int partition) {
        return IntStream.range(0, 100)
                .mapToObj(i -> loops.tenant("tenant-" + i))
                .filter(tenant -> tenant.partition() == partition)
                .findFirst()
                .orElseThrow();
    }

    private static List<Sample> manyCounters(String sender, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> counter("orders_total", "item=\"%s-%d\"".formatted(sender, i), 1))
                .toList();
    }

    /** When the first of the tenant's counters began. */
    private static Instant firstFold(Tenant tenant) {
        Family family = counter("orders_total", "", 1).family();
        return tenant.send(Command.HVALS, tenant.keyspace().family(tenant.id(), family.name())).stream()
                .map(value -> StoredSeries.decode(family, value.toBytes())
                        .orElseThrow()
                        .created())
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static void awaitFolded(Tenant tenant, int samples) {
        String folded = "accepted %1$d folded %1$d dead 0 pending 0".formatted(samples);
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(tenant.totals()).isEqualTo(folded));
    }
}
