package dev.streamgauge.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.chaos.Deleter.Cells;
import dev.streamgauge.standalone.chaos.Deleter.Deletion;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpectedTenantTest {

    private static final String TENANT = "acme";
    private static final String COUNTER = "orders_total{cell=\"0\"}";
    private static final String SCRATCH = "scratch_total{cell=\"0\"}";
    private static final String GAUGE = "depth{cell=\"0\"}";

    /** Every so many pushes go to the same cell. */
    private static final int CELLS = 8;

    @TempDir
    private Path folder;

    private Journal journal;

    @BeforeEach
    void open() {
        journal = new Journal(folder.resolve("journal.log"), List.of(TENANT));
    }

    @AfterEach
    void close() {
        journal.close();
    }

    @Test
    void nothing_isWrong_whenEachRequestIsCountedOnce() {
        sendInOneCell(2, Journal.Outcome.ACCEPTED);

        assertThat(compare(Map.of(COUNTER, 1.0 + 4))).isEmpty();
    }

    @Test
    void request_isNamedAsDoubled_whenItsDigitIsTwo() {
        sendInOneCell(2, Journal.Outcome.ACCEPTED);

        List<Wrong> wrong = compare(Map.of(COUNTER, 1.0 + 2 * 4));

        assertThat(wrong).singleElement().satisfies(only -> {
            assertThat(only.place()).isEqualTo("acme orders_total{cell=\"0\"} push-8");
            assertThat(only.isDoubled()).isTrue();
            assertThat(only.isMissing()).isFalse();
        });
    }

    @Test
    void request_isNamedAsMissing_whenItsDigitIsZero() {
        sendInOneCell(2, Journal.Outcome.ACCEPTED);

        List<Wrong> wrong = compare(Map.of(COUNTER, 4.0));

        assertThat(wrong).singleElement().satisfies(only -> {
            assertThat(only.place()).isEqualTo("acme orders_total{cell=\"0\"} push-0");
            assertThat(only.isMissing()).isTrue();
        });
    }

    @Test
    void rejectedRequest_isNamed_whenItWasCounted() {
        sendInOneCell(1, Journal.Outcome.REJECTED);

        assertThat(compare(Map.of(COUNTER, 1.0))).singleElement().matches(Wrong::isDoubled);
    }

    @Test
    void unknownRequest_mayBeCountedOrNot_whenItIsSoInAllItsSeries() {
        send(Journal.Outcome.UNKNOWN, Set.of(Push.Kind.GAUGE));

        assertThat(compare(Map.of())).isEmpty();
        assertThat(compare(Map.of(COUNTER, 1.0, GAUGE, 0.0))).isEmpty();
    }

    @Test
    void unknownRequest_isWrong_whenItIsCountedInHalf() {
        send(Journal.Outcome.UNKNOWN, Set.of(Push.Kind.GAUGE));

        assertThat(compare(Map.of(COUNTER, 1.0))).extracting(Wrong::place).containsExactly("acme " + GAUGE);
    }

    @Test
    void unknownRequest_isWrong_whenItDisappearsAfterItWasSeen() {
        send(Journal.Outcome.UNKNOWN, Set.of());
        compare(Map.of(COUNTER, 1.0));

        assertThat(compare(Map.of())).singleElement().matches(Wrong::isMissing);
    }

    @Test
    void gauge_isTheOneWithTheGreatestTimestamp_whenItCameEarlier() {
        Map<Integer, Long> timestamps = new HashMap<>();
        for (int slot = 0; slot <= 2 * CELLS; slot++) {
            Push push = send(Journal.Outcome.ACCEPTED, slot % CELLS == 0 ? Set.of(Push.Kind.GAUGE) : Set.of())
                    .push();
            timestamps.put(push.number(), push.gaugeMillis());
        }
        assertThat(timestamps.get(CELLS)).isLessThan(timestamps.get(2 * CELLS));

        assertThat(wrongGauges(2.0 * CELLS)).isEmpty();
        assertThat(wrongGauges(CELLS)).hasSize(1);
    }

    @Test
    void scratch_mustBeThere_whenNoDeletionWasUnderWay() {
        journal.deleted(TENANT, new Deletion(Cells.ALL, System.nanoTime(), System.nanoTime(), true));
        send(Journal.Outcome.ACCEPTED, Set.of(Push.Kind.SCRATCH));

        assertThat(withDeletions(Map.of(COUNTER, 1.0))).singleElement().matches(Wrong::isMissing);
        assertThat(withDeletions(Map.of(COUNTER, 1.0, SCRATCH, 1.0))).isEmpty();
        assertThat(withDeletions(Map.of(COUNTER, 1.0, SCRATCH, 2.0)))
                .singleElement()
                .matches(Wrong::isDoubled);
    }

    @Test
    void scratch_mustBeGone_whenADeletionBeganAfterItWasAccepted() {
        send(Journal.Outcome.ACCEPTED, Set.of(Push.Kind.SCRATCH));
        journal.deleted(TENANT, new Deletion(Cells.EVEN, System.nanoTime(), System.nanoTime(), true));

        assertThat(withDeletions(Map.of(COUNTER, 1.0))).isEmpty();
        assertThat(withDeletions(Map.of(COUNTER, 1.0, SCRATCH, 1.0)))
                .singleElement()
                .matches(Wrong::isDoubled);
    }

    @Test
    void scratch_mayBeThereOrNot_whenADeletionWasUnderWayOrNotAnswered() {
        long before = System.nanoTime();
        send(Journal.Outcome.ACCEPTED, Set.of(Push.Kind.SCRATCH));
        journal.deleted(TENANT, new Deletion(Cells.ALL, before, System.nanoTime(), true));
        journal.deleted(TENANT, new Deletion(Cells.ALL, System.nanoTime(), System.nanoTime(), false));

        assertThat(withDeletions(Map.of(COUNTER, 1.0))).isEmpty();
        assertThat(withDeletions(Map.of(COUNTER, 1.0, SCRATCH, 1.0))).isEmpty();
        assertThat(withDeletions(Map.of(COUNTER, 1.0, SCRATCH, 2.0))).hasSize(1);
    }

    private List<Wrong> withDeletions(Map<String, Double> shown) {
        return new ExpectedTenant(TENANT, journal.of(TENANT), journal.deletions(TENANT), shown).compare();
    }

    private List<Wrong> wrongGauges(double value) {
        return compare(Map.of(GAUGE, value)).stream()
                .filter(wrong -> wrong.place().contains("depth"))
                .toList();
    }

    /** Sends to the first cell; requests that go to other cells are recorded as rejected. */
    private void sendInOneCell(int requests, Journal.Outcome outcome) {
        for (int slot = 0; slot <= (requests - 1) * CELLS; slot++) {
            send(slot % CELLS == 0 ? outcome : Journal.Outcome.REJECTED, Set.of());
        }
    }

    private Journal.Entry send(Journal.Outcome outcome, Set<Push.Kind> kinds) {
        Journal.Entry entry = journal.open(TENANT, true, kinds, Push.Flaw.NONE);
        journal.sending(entry, "nowhere");
        journal.settle(entry, outcome);
        return entry;
    }

    private List<Wrong> compare(Map<String, Double> shown) {
        return new ExpectedTenant(TENANT, journal.of(TENANT), shown).compare();
    }
}
