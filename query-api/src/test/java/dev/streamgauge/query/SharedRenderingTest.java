package dev.streamgauge.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.query.SharedRendering.Ending;
import dev.streamgauge.query.SharedRendering.Next;
import dev.streamgauge.query.SharedRendering.Taker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SharedRenderingTest {

    private final AtomicInteger over = new AtomicInteger();

    @Test
    void next_givesEveryTakerAllParts_eachAtItsOwnPace() {
        SharedRendering rendering = rendering(1_000);
        Taker early = rendering.join();
        Taker late = rendering.join();
        rendering.begin();

        rendering.hand(part(1));
        String first = take(early);
        rendering.hand(part(2));
        rendering.complete(part(3), 7);

        assertThat(first).isEqualTo("part 1");
        assertThat(take(early)).isEqualTo("part 2");
        assertThat(take(early)).isEqualTo("part 3");
        assertThat(take(late)).isEqualTo("part 1");
        assertThat(take(late)).isEqualTo("part 2");
        assertThat(take(late)).isEqualTo("part 3");
        assertThat(early.next(SharedRenderingTest::ignore)).isEqualTo(new Next.End(new Ending.Complete(7)));
        assertThat(late.next(SharedRenderingTest::ignore)).isEqualTo(new Next.End(new Ending.Complete(7)));
        assertThat(late.wholeLength()).hasValue(18);
    }

    @Test
    void next_givesWhatWasHandedOver_beforeItSaysThatTheRestIsMissing() {
        SharedRendering rendering = rendering(1_000);
        Taker taker = rendering.join();
        rendering.begin();
        IllegalStateException gone = new IllegalStateException("gone");

        rendering.hand(part(1));
        rendering.fail(gone);

        assertThat(take(taker)).isEqualTo("part 1");
        assertThat(taker.next(SharedRenderingTest::ignore)).isEqualTo(new Next.End(new Ending.Broken(gone)));
        assertThat(taker.wholeLength()).isEmpty();
    }

    @Test
    void wholeLength_isKnownWithTheFirstPart_whenThatIsTheOnlyOne() {
        SharedRendering rendering = rendering(1_000);
        Taker taker = rendering.join();
        rendering.begin();
        List<OptionalLong> lengths = new ArrayList<>();
        taker.next(() -> lengths.add(taker.wholeLength()));

        rendering.complete(part(1), 1);

        assertThat(lengths).containsExactly(OptionalLong.of(6));
    }

    @Test
    void next_callsBackOnce_whenThereWasNothing() {
        SharedRendering rendering = rendering(1_000);
        Taker taker = rendering.join();
        rendering.begin();
        AtomicInteger calls = new AtomicInteger();

        Next nothing = taker.next(calls::incrementAndGet);
        rendering.hand(part(1));
        rendering.hand(part(2));

        assertThat(nothing).isInstanceOf(Next.Later.class);
        assertThat(calls).hasValue(1);
    }

    @Test
    void join_isRefused_whenReadingHasBegun() {
        SharedRendering rendering = rendering(1_000);
        rendering.join();
        rendering.begin();

        assertThatThrownBy(rendering::join).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void begin_saysThatNobodyIsThere_whenAllLeft() {
        SharedRendering rendering = rendering(1_000);
        rendering.join().leave();

        boolean wanted = rendering.begin();

        assertThat(wanted).isFalse();
    }

    @Test
    void hand_waits_whileTheSlowestTakerIsBehind() {
        SharedRendering rendering = rendering(10);
        Taker fast = rendering.join();
        Taker slow = rendering.join();
        rendering.begin();
        rendering.hand(part(1));
        take(fast);

        CompletableFuture<Boolean> second = handInBackground(rendering, part(2));
        await().during(Duration.ofMillis(250)).until(() -> !second.isDone());
        take(slow);

        assertThat(second.join()).isTrue();
    }

    @Test
    void hand_takesAChunkOverTheLimit_whenNothingIsHeld() {
        SharedRendering rendering = rendering(3);
        Taker taker = rendering.join();
        rendering.begin();

        boolean wanted = rendering.hand(part(1));

        assertThat(wanted).isTrue();
        assertThat(take(taker)).isEqualTo("part 1");
    }

    @Test
    void hand_expelsTheSlowestTaker_whenItHoldsUpAnother() {
        SharedRendering rendering = new SharedRendering(10, Duration.ofMillis(150), over::incrementAndGet);
        Taker fast = rendering.join();
        Taker slow = rendering.join();
        rendering.begin();

        CompletableFuture<Boolean> all =
                inBackground(() -> IntStream.rangeClosed(1, 50).allMatch(i -> rendering.hand(part(i))));
        for (int i = 1; i <= 50; i++) {
            assertThat(awaitPart(fast)).isEqualTo("part " + i);
        }

        assertThat(all.join()).isTrue();
        assertThat(slow.next(SharedRenderingTest::ignore)).isInstanceOf(Next.Expelled.class);
    }

    @Test
    void hand_expelsNobody_whenNobodyElseWaits() {
        SharedRendering rendering = new SharedRendering(10, Duration.ZERO, over::incrementAndGet);
        Taker one = rendering.join();
        Taker other = rendering.join();
        rendering.begin();
        rendering.hand(part(1));

        CompletableFuture<Boolean> second = handInBackground(rendering, part(2));
        await().during(Duration.ofMillis(350)).until(() -> !second.isDone());

        assertThat(take(one)).isEqualTo("part 1");
        assertThat(take(other)).isEqualTo("part 1");
    }

    @Test
    void hand_findsRoom_whenTheSlowestTakerLeaves() {
        SharedRendering rendering = rendering(10);
        Taker stays = rendering.join();
        Taker leaves = rendering.join();
        rendering.begin();
        rendering.hand(part(1));
        take(stays);
        CompletableFuture<Boolean> second = handInBackground(rendering, part(2));

        leaves.leave();

        assertThat(second.join()).isTrue();
        assertThat(take(stays)).isEqualTo("part 2");
    }

    @Test
    void hand_saysThatNobodyIsThere_whenTheLastTakerLeavesWhileItWaits() {
        SharedRendering rendering = rendering(10);
        Taker only = rendering.join();
        rendering.begin();
        rendering.hand(part(1));
        CompletableFuture<Boolean> second = handInBackground(rendering, part(2));

        only.leave();

        assertThat(second.join()).isFalse();
    }

    @Test
    void whenOver_isRunOnce_afterTheEndAndTheLastTaker() {
        SharedRendering rendering = rendering(1_000);
        Taker first = rendering.join();
        Taker second = rendering.join();
        rendering.begin();

        first.leave();
        rendering.complete(new byte[0], 0);
        int beforeTheLast = over.get();
        second.leave();
        second.leave();

        assertThat(beforeTheLast).isZero();
        assertThat(over).hasValue(1);
    }

    @Test
    void whenOver_isRunAtTheEnd_whenAllLeftBefore() {
        SharedRendering rendering = rendering(1_000);
        rendering.join().leave();
        int beforeTheEnd = over.get();

        rendering.complete(new byte[0], 0);

        assertThat(beforeTheEnd).isZero();
        assertThat(over).hasValue(1);
    }

    private SharedRendering rendering(int maxHeldBytes) {
        return new SharedRendering(maxHeldBytes, over::incrementAndGet);
    }

    private static byte[] part(int number) {
        return ("part " + number).getBytes(StandardCharsets.US_ASCII);
    }

    private static CompletableFuture<Boolean> handInBackground(SharedRendering rendering, byte[] part) {
        return inBackground(() -> rendering.hand(part));
    }

    /** On a thread of its own: the common pool may have a single one, which a rendering that waits would keep. */
    private static CompletableFuture<Boolean> inBackground(Supplier<Boolean> task) {
        return CompletableFuture.supplyAsync(task, Thread::startVirtualThread).orTimeout(20, TimeUnit.SECONDS);
    }

    private static void ignore() {}

    private static String take(Taker taker) {
        return text(taker.next(SharedRenderingTest::ignore));
    }

    /** Takes as a client does: asks again when it is told to. */
    private static String awaitPart(Taker taker) {
        while (true) {
            CompletableFuture<Void> more = new CompletableFuture<>();
            Next next = taker.next(() -> more.complete(null));
            if (!(next instanceof Next.Later)) {
                return text(next);
            }
            more.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    private static String text(Next next) {
        assertThat(next).isInstanceOf(Next.Part.class);
        return new String(((Next.Part) next).bytes(), StandardCharsets.US_ASCII);
    }
}
