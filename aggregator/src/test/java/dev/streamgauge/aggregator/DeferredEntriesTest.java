package dev.streamgauge.aggregator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.stream.EntryId;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeferredEntriesTest {

    private static final EntryId FIRST = new EntryId(1, 0);
    private static final EntryId SECOND = new EntryId(2, 0);

    private final DeferredEntries held = new DeferredEntries();

    private static List<EntryId> ids(int count) {
        return IntStream.range(0, count).mapToObj(i -> new EntryId(i, 0)).toList();
    }

    /** What a pass over these entries tries, if none can be folded. */
    private List<EntryId> triedInAPass(List<EntryId> ids) {
        held.beginPass();
        List<EntryId> tried = ids.stream().filter(held::isDue).toList();
        tried.forEach(held::waitForRelease);
        held.endPass(ids);
        return tried;
    }

    @Test
    void countTry_countsEachEntryByItself() {
        held.countTry(FIRST);
        held.countTry(SECOND);

        assertThat(held.countTry(FIRST)).isEqualTo(2);
    }

    @Test
    void countTry_beginsAnew_afterTheEntryWasSettledOrWaited() {
        held.countTry(FIRST);
        held.settle(List.of(FIRST));
        held.countTry(SECOND);
        held.waitForRelease(SECOND);

        assertThat(held.countTry(FIRST)).isEqualTo(1);
        assertThat(held.countTry(SECOND)).isEqualTo(1);
        assertThat(held.waitingForRelease()).isZero();
    }

    @Test
    void waitForDeadLetter_keepsTheTries_andIsNoWaitForARelease() {
        held.countTry(FIRST);
        held.waitForDeadLetter(FIRST);

        assertThat(held.isWaiting(FIRST)).isTrue();
        assertThat(held.waitingForRelease()).isZero();
        assertThat(held.entries()).containsExactly(FIRST);
        assertThat(held.countTry(FIRST)).isEqualTo(2);
    }

    @Test
    void pass_triesAllThatWait_whenTheyAreFew() {
        List<EntryId> ids = ids(DeferredEntries.MAX_RETRIES);
        ids.forEach(held::waitForRelease);

        assertThat(triedInAPass(ids)).isEqualTo(ids);
        assertThat(triedInAPass(ids)).isEqualTo(ids);
    }

    @Test
    void passes_tryAllInTurn_whenTheyAreMany() {
        List<EntryId> ids = ids(2 * DeferredEntries.MAX_RETRIES + 1);
        ids.forEach(held::waitForRelease);

        List<EntryId> first = triedInAPass(ids);
        List<EntryId> second = triedInAPass(ids);
        List<EntryId> third = triedInAPass(ids);

        assertThat(first).isEqualTo(ids.subList(0, 64));
        assertThat(second).isEqualTo(ids.subList(64, 128));
        assertThat(third).hasSize(64).contains(ids.getLast());
        assertThat(held.waitingForRelease()).isEqualTo(ids.size());
    }

    @Test
    void pass_triesAllThatFollow_onceOneWasFolded() {
        List<EntryId> ids = ids(200);
        ids.forEach(held::waitForRelease);
        held.beginPass();

        held.settle(List.of(ids.getFirst()));

        assertThat(ids).allMatch(held::isDue);
        held.beginPass();
        assertThat(ids.stream().filter(held::isDue)).hasSize(64);
    }

    @Test
    void endPass_forgetsWhatIsNoLongerOurs() {
        held.countTry(FIRST);
        held.waitForRelease(SECOND);

        held.endPass(List.of());

        assertThat(held.entries()).isEmpty();
        assertThat(held.countTry(FIRST)).isEqualTo(1);
    }

    @Test
    void entries_areAllThatStayPending() {
        held.countTry(FIRST);
        held.waitForRelease(SECOND);

        assertThat(held.entries()).containsExactlyInAnyOrder(FIRST, SECOND);
    }
}
