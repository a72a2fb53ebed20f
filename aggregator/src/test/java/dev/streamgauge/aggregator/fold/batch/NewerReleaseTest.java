package dev.streamgauge.aggregator.fold.batch;

import static dev.streamgauge.aggregator.fold.Loops.DEADLINE;
import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.Tenant;
import dev.streamgauge.aggregator.fold.Loops;
import dev.streamgauge.aggregator.fold.Loops.Running;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.testkit.LogRecorder;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Two loops of this release meet what a newer one wrote: entries and values of a version that they do not know. */
@Execution(ExecutionMode.CONCURRENT)
class NewerReleaseTest {

    /** Several times the pace of maintenance, so that a loop on a busy machine keeps what it holds. */
    private static final Duration RECLAIM_IDLE = Duration.ofSeconds(2);

    /** Runs of maintenance to wait for; they take several times the time after which others may take over. */
    private static final int MAINTENANCES = 8;

    private static final String NEWER_VALUE = "C and whatever a newer release puts here";
    private static final Sample ONE = counter("orders_total", "", 1);
    private static final Sample WAITING = counter("orders_total", "a=\"newer\"", 1);

    private static final Logger MAINTENANCE = Logger.getLogger(Loops.class.getPackageName() + ".Maintenance");

    private final Loops loops = new Loops();
    private final Tenant tenant = loops.tenant("acme");

    /** Each run of maintenance reports what stays pending, though most of them not as an error. */
    @BeforeAll
    static void logReports() {
        MAINTENANCE.setLevel(Level.FINE);
    }

    @AfterAll
    static void logAsBefore() {
        MAINTENANCE.setLevel(null);
    }

    @AfterEach
    void close() {
        loops.close();
    }

    private void awaitTotals(String totals) {
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(tenant.totals()).isEqualTo(totals));
    }

    /** Both loops have folded something, so either may read what comes. */
    private List<Running> runTwo() {
        List<Running> both = List.of(loops.run("first", RECLAIM_IDLE), loops.run("second", RECLAIM_IDLE));
        Tenant warmUp = loops.tenant("warm-up");
        await().atMost(DEADLINE).until(() -> {
            warmUp.admit(ONE);
            return both.stream().allMatch(loop -> loop.folds() > 0);
        });
        await().atMost(DEADLINE).until(() -> warmUp.totals().endsWith(" pending 0"));
        return both;
    }

    private static double unreadable(List<Running> both) {
        return both.stream().mapToDouble(Running::unreadable).sum();
    }

    /** Every consumer that holds the tenant's entry, until maintenance has run often enough. */
    private Set<String> holdersDuringMaintenances(LogRecorder log, List<Running> both) {
        Set<String> holders = new HashSet<>();
        int before = reports(log, both).size();
        await().atMost(DEADLINE).pollInterval(Duration.ofMillis(20)).until(() -> {
            holders.addAll(tenant.pending());
            return reports(log, both).size() >= before + MAINTENANCES;
        });
        return holders;
    }

    private static List<String> reports(LogRecorder log, List<Running> both) {
        return log.messages(event -> event.getMessage().startsWith("fold unreadableEntries=") && isOf(both, event));
    }

    /** The errors of both loops, which are what an operator acts on. */
    private static List<String> errors(LogRecorder log, List<Running> both) {
        return log.messages(event -> event.getLevel().intValue() >= Level.SEVERE.intValue() && isOf(both, event));
    }

    private static boolean isOf(List<Running> both, LogRecord event) {
        return both.stream().anyMatch(loop -> LogRecorder.by(loop.thread()).test(event));
    }

    @Test
    void entryForAnUnreadableValue_staysWithItsFirstOwner_andStopsNothingElse() {
        tenant.store("orders_total", "a=\"newer\"", NEWER_VALUE);
        try (LogRecorder log = LogRecorder.ofPackage(Loops.class)) {
            List<Running> both = runTwo();
            tenant.admit(ONE, WAITING, ONE);
            awaitTotals("accepted 3 folded 2 dead 0 pending 1");
            await().atMost(DEADLINE).until(() -> unreadable(both) == 1);

            Set<String> holders = holdersDuringMaintenances(log, both);

            assertThat(holders).hasSize(1);
            assertThat(both).allMatch(loop -> loop.counter("claimed.entries") == 0);
            assertThat(unreadable(both)).isEqualTo(1);
            tenant.admit(ONE, ONE);
            awaitTotals("accepted 5 folded 4 dead 0 pending 1");
            assertThat(tenant.deadLetters()).isEmpty();
            assertThat(errors(log, both)).singleElement().asString().startsWith("fold unreadableEntries=");
        }
    }

    @Test
    void entryForAnUnreadableValue_isFolded_onceTheValueCanBeRead() {
        tenant.store("orders_total", "a=\"newer\"", NEWER_VALUE);
        List<Running> both = runTwo();
        tenant.admit(ONE, WAITING, ONE);
        await().atMost(DEADLINE).until(() -> unreadable(both) == 1);

        tenant.remove("orders_total", "a=\"newer\"");

        awaitTotals("accepted 3 folded 3 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{a=\"newer\"} 1.0\norders_total{} 2.0\n");
        await().atMost(DEADLINE).until(() -> unreadable(both) == 0);
    }

    @Test
    void entryForAnUnreadableValue_isTakenOver_whenItsOwnerStops() {
        tenant.store("orders_total", "a=\"newer\"", NEWER_VALUE);
        List<Running> both = runTwo();
        tenant.admit(WAITING);
        await().atMost(DEADLINE).until(() -> unreadable(both) == 1);
        String holder = tenant.pending().getFirst().split(" ", 2)[1];
        Running owner = both.get(holder.equals("first") ? 0 : 1);
        Running other = both.get(holder.equals("first") ? 1 : 0);

        owner.stop();

        await().atMost(DEADLINE).until(() -> tenant.pending().getFirst().endsWith(" " + other.consumer()));
        assertThat(other.counter("claimed.entries")).isEqualTo(1);
        assertThat(tenant.deadLetters()).isEmpty();
    }

    @Test
    void manyEntriesForAnUnreadableValue_areAllFolded_onceItCanBeRead() {
        int many = 4 * DeferredEntries.MAX_RETRIES;
        tenant.store("orders_total", "a=\"newer\"", NEWER_VALUE);
        List<Running> both = runTwo();
        Sample[] waiting = new Sample[many];
        Arrays.fill(waiting, WAITING);
        tenant.admit(waiting);
        tenant.admit(ONE);
        awaitTotals("accepted " + (many + 1) + " folded 1 dead 0 pending " + many);
        await().atMost(DEADLINE).until(() -> unreadable(both) == many);

        tenant.remove("orders_total", "a=\"newer\"");

        awaitTotals("accepted " + (many + 1) + " folded " + (many + 1) + " dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{a=\"newer\"} " + (double) many + "\norders_total{} 1.0\n");
        assertThat(tenant.deadLetters()).isEmpty();
    }

    @Test
    void entryOfAnUnknownVersion_staysWithItsFirstOwner_untilALaterReleaseTakesItOver() throws Exception {
        byte[] newer = tenant.entry(ONE);
        newer[0] = 2;
        List<Running> both = runTwo();
        tenant.admit(List.of(ONE, ONE, ONE), List.of(tenant.entry(ONE), newer, tenant.entry(ONE)));
        awaitTotals("accepted 3 folded 2 dead 0 pending 1");

        Set<String> holders;
        try (LogRecorder log = LogRecorder.ofPackage(Loops.class)) {
            holders = holdersDuringMaintenances(log, both);
        }

        assertThat(holders).hasSize(1);
        assertThat(both).allMatch(loop -> loop.counter("claimed.entries") == 0);
        assertThat(both).allMatch(loop -> loop.unreadable() == 1); // all see what is left
        tenant.admit(ONE);
        awaitTotals("accepted 4 folded 3 dead 0 pending 1");
        foldAsNewerRelease(EntryId.parse(tenant.pending().getFirst().split(" ", 2)[0]));
        awaitTotals("accepted 4 folded 4 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 4.0\n");
        assertThat(tenant.deadLetters()).isEmpty();
        await().atMost(DEADLINE).until(() -> unreadable(both) == 0);
    }

    /** Takes the entry over under the rule for all consumers, and folds it as if it were of this version. */
    private void foldAsNewerRelease(EntryId entry) throws Exception {
        try (FoldConnection connection = FoldConnection.open(loops.topology().node(), "newer")) {
            int taken = tenant.send(
                            Command.XCLAIM,
                            loops.keyspace().stream(tenant.partition()),
                            Keyspace.GROUP,
                            "newer",
                            Long.toString(RECLAIM_IDLE.toMillis()),
                            entry.toString(),
                            "JUSTID")
                    .size();
            assertThat(taken).isEqualTo(1);
            FoldBatch batch = new FoldBatch();
            batch.add(entry, tenant.entry(ONE));
            assertThat(connection.fold(tenant.partition(), batch, any -> SeriesExpiry.NEVER))
                    .isEqualTo(new FoldAnswer.Folded(0));
        }
    }
}
