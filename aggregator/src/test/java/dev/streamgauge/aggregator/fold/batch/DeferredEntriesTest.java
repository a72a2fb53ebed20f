package dev.streamgauge.aggregator.fold.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.stream.EntryId;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeferredEntriesTest {

    private static final EntryId FIRST = new EntryId(1, 0);
    private static final EntryId SECOND = new EntryId(2, 0);

    private final DeferredEntries deferred = new DeferredEntries();

    private static List<EntryId> ids(int count) {
        return IntStream.range(0, count).mapToObj(i -> new EntryId(i, 0)).toList();
    }

    /** The entries that a pass over these tries, if none can be folded. */
    private List<EntryId> triedInAPass(List<EntryId> ids) {
        deferred.beginPass();
        List<EntryId> tried = ids.stream().filter(deferred::isDue).toList();
        tried.forEach(deferred::waitForRelease);
        deferred.endPass(ids);
        return tried;
    }

    @Test
    void countTry_countsEachEntryByItself() {
        deferred.countTry(FIRST);
        deferred.countTry(SECOND);

        assertThat(deferred.countTry(FIRST)).isEqualTo(2);
    }

    @Test
    void countTry_startsAgain_afterTheEntryWasSettledOrWaited() {
        deferred.countTry(FIRST);
        deferred.settle(List.of(FIRST));
        deferred.countTry(SECOND);
        deferred.waitForRelease(SECOND);

        assertThat(deferred.countTry(FIRST)).isEqualTo(1);
        assertThat(deferred.countTry(SECOND)).isEqualTo(1);
        assertThat(deferred.waitingForRelease()).isZero();
    }

    @Test
    void waitForDeadLetter_keepsTheTries_andIsNoWaitForARelease() {
        deferred.countTry(FIRST);
        deferred.waitForDeadLetter(FIRST);

        assertThat(deferred.isWaiting(FIRST)).isTrue();
        assertThat(deferred.waitingForRelease()).isZero();
        assertThat(deferred.entries()).containsExactly(FIRST);
        assertThat(deferred.countTry(FIRST)).isEqualTo(2);
    }

    @Test
    void pass_triesAllThatWait_whenTheyAreFew() {
        List<EntryId> ids = ids(DeferredEntries.MAX_RETRIES);
        ids.forEach(deferred::waitForRelease);

        assertThat(triedInAPass(ids)).isEqualTo(ids);
        assertThat(triedInAPass(ids)).isEqualTo(ids);
    }

    @Test
    void passes_tryAllInTurn_whenTheyAreMany() {
        List<EntryId> ids = ids(2 * DeferredEntries.MAX_RETRIES + 1);
        ids.forEach(deferred::waitForRelease);

        List<EntryId> first = triedInAPass(ids);
        List<EntryId> second = triedInAPass(ids);
        List<EntryId> third = triedInAPass(ids);

        assertThat(first).isEqualTo(ids.subList(0, 64));
        assertThat(second).isEqualTo(ids.subList(64, 128));
        assertThat(third).hasSize(64).contains(ids.getLast());
        assertThat(deferred.waitingForRelease()).isEqualTo(ids.size());
    }

    @Test
    void pass_triesAllThatFollow_onceOneWasFolded() {
        List<EntryId> ids = ids(200);
        ids.forEach(deferred::waitForRelease);
        deferred.beginPass();

        deferred.settle(List.of(ids.getFirst()));

        assertThat(ids).allMatch(deferred::isDue);
        deferred.beginPass();
        assertThat(ids.stream().filter(deferred::isDue)).hasSize(64);
    }

    @Test
    void endPass_forgetsWhatIsNoLongerOurs() {
        deferred.countTry(FIRST);
        deferred.waitForRelease(SECOND);

        deferred.endPass(List.of());

        assertThat(deferred.entries()).isEmpty();
        assertThat(deferred.countTry(FIRST)).isEqualTo(1);
    }

    @Test
    void entries_areAllThatStayPending() {
        deferred.countTry(FIRST);
        deferred.waitForRelease(SECOND);

        assertThat(deferred.entries()).containsExactlyInAnyOrder(FIRST, SECOND);
    }
}
