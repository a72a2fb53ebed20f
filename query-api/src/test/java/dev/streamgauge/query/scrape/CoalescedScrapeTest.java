package dev.streamgauge.query.scrape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.scrape.CoalescedScrape.Ending;
import dev.streamgauge.query.scrape.CoalescedScrape.Next;
import dev.streamgauge.query.scrape.CoalescedScrape.Subscriber;
import dev.streamgauge.query.share.HeldBytes;
import dev.streamgauge.query.share.RenderingSlots;
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
class CoalescedScrapeTest {

    private final AtomicInteger over = new AtomicInteger();
    private final RenderingSlots slots = new RenderingSlots(1);
    private final RenderingSlots.Slot slot = slots.slotFor(new TenantId("acme"));
    private final HeldBytes held = new HeldBytes(1_000_000);

    @Test
    void next_givesEachSubscriberAllParts_atItsOwnPace() {
        CoalescedScrape scrape = scrape(1_000);
        Subscriber early = scrape.join();
        Subscriber late = scrape.join();
        scrape.begin();

        scrape.publish(part(1));
        String first = take(early);
        scrape.publish(part(2));
        scrape.complete(part(3), 7);

        assertThat(first).isEqualTo("part 1");
        assertThat(take(early)).isEqualTo("part 2");
        assertThat(take(early)).isEqualTo("part 3");
        assertThat(take(late)).isEqualTo("part 1");
        assertThat(take(late)).isEqualTo("part 2");
        assertThat(take(late)).isEqualTo("part 3");
        assertThat(early.next(CoalescedScrapeTest::ignore)).isEqualTo(new Next.End(new Ending.Complete(7)));
        assertThat(late.next(CoalescedScrapeTest::ignore)).isEqualTo(new Next.End(new Ending.Complete(7)));
        assertThat(late.wholeLength()).hasValue(18);
    }

    @Test
    void next_givesThePublishedParts_beforeItReportsTheFailure() {
        CoalescedScrape scrape = scrape(1_000);
        Subscriber subscriber = scrape.join();
        scrape.begin();
        IllegalStateException gone = new IllegalStateException("gone");

        scrape.publish(part(1));
        scrape.fail(gone);

        assertThat(take(subscriber)).isEqualTo("part 1");
        assertThat(subscriber.next(CoalescedScrapeTest::ignore)).isEqualTo(new Next.End(new Ending.Broken(gone)));
        assertThat(subscriber.wholeLength()).isEmpty();
    }

    @Test
    void wholeLength_isKnownWithTheFirstPart_whenThatIsTheOnlyOne() {
        CoalescedScrape scrape = scrape(1_000);
        Subscriber subscriber = scrape.join();
        scrape.begin();
        List<OptionalLong> lengths = new ArrayList<>();
        subscriber.next(() -> lengths.add(subscriber.wholeLength()));

        scrape.complete(part(1), 1);

        assertThat(lengths).containsExactly(OptionalLong.of(6));
    }

    @Test
    void next_callsBackOnce_whenThereWasNothing() {
        CoalescedScrape scrape = scrape(1_000);
        Subscriber subscriber = scrape.join();
        scrape.begin();
        AtomicInteger calls = new AtomicInteger();

        Next nothing = subscriber.next(calls::incrementAndGet);
        scrape.publish(part(1));
        scrape.publish(part(2));

        assertThat(nothing).isInstanceOf(Next.Later.class);
        assertThat(calls).hasValue(1);
    }

    @Test
    void join_isRejected_whenReadingHasBegun() {
        CoalescedScrape scrape = scrape(1_000);
        scrape.join();
        scrape.begin();

        assertThatThrownBy(scrape::join).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void begin_isFalse_whenAllSubscribersHaveLeft() {
        CoalescedScrape scrape = scrape(1_000);
        scrape.join().leave();

        boolean wanted = scrape.begin();

        assertThat(wanted).isFalse();
    }

    @Test
    void publish_waits_whileTheSlowestSubscriberIsBehind() {
        CoalescedScrape scrape = scrape(10);
        Subscriber fast = scrape.join();
        Subscriber slow = scrape.join();
        scrape.begin();
        scrape.publish(part(1));
        take(fast);

        CompletableFuture<Boolean> second = publishInBackground(scrape, part(2));
        await().during(Duration.ofMillis(250)).until(() -> !second.isDone());
        take(slow);

        assertThat(second.join()).isTrue();
    }

    @Test
    void publish_hasNoSlot_whileItWaitsForASlowSubscriber() throws Exception {
        CoalescedScrape scrape = scrape(10);
        Subscriber slow = scrape.join();
        scrape.begin();
        slot.take();
        scrape.publish(part(1));

        CompletableFuture<Boolean> second = publishInBackground(scrape, part(2));
        await().until(() -> !slot.isTaken());
        RenderingSlots.Slot ofAnother = slots.slotFor(new TenantId("other"));
        ofAnother.take();
        take(slow);
        await().during(Duration.ofMillis(250)).until(() -> !second.isDone()); // there is room, but no slot
        ofAnother.give();

        assertThat(second.join()).isTrue();
        assertThat(slot.isTaken()).isTrue();
    }

    @Test
    void publish_waits_whenTheScrapesOfTheProcessHoldTooMuch() {
        CoalescedScrape scrape = scrape(1_000);
        Subscriber subscriber = scrape.join();
        scrape.begin();
        scrape.publish(part(1));
        held.add(999_990);

        CompletableFuture<Boolean> second = publishInBackground(scrape, part(2));
        await().during(Duration.ofMillis(250)).until(() -> !second.isDone());
        held.add(-999_990);

        assertThat(second.join()).isTrue();
        assertThat(take(subscriber)).isEqualTo("part 1");
    }

    @Test
    void heldBytes_areThoseThatWait_untilAllHaveTakenThem() {
        CoalescedScrape scrape = scrape(1_000);
        Subscriber one = scrape.join();
        Subscriber other = scrape.join();
        scrape.begin();
        scrape.publish(part(1));
        scrape.complete(part(2), 1);
        take(one);
        take(other);
        long waiting = 1_000_000 - 4 * held.shareOf(0);

        one.leave();
        other.leave();

        assertThat(waiting).isEqualTo(8); // 6, but quarters are rounded down
        assertThat(held.shareOf(0)).isEqualTo(250_000);
    }

    @Test
    void expelAll_endsTheScrape_andTellsEachSubscriber() {
        CoalescedScrape scrape = scrape(10);
        Subscriber slow = scrape.join();
        Subscriber waiting = scrape.join();
        AtomicInteger told = new AtomicInteger();
        slow.whenExpelled(told::incrementAndGet);
        waiting.whenExpelled(told::incrementAndGet);
        scrape.begin();
        scrape.publish(part(1));
        take(waiting);
        CompletableFuture<Boolean> second = publishInBackground(scrape, part(2));

        scrape.expelAll();

        assertThat(second.join()).isFalse();
        assertThat(told).hasValue(2);
        assertThat(slow.next(CoalescedScrapeTest::ignore)).isInstanceOf(Next.Expelled.class);
        assertThat(waiting.next(CoalescedScrapeTest::ignore)).isInstanceOf(Next.Expelled.class);
        assertThat(over).hasValue(0);
        scrape.complete(new byte[0], 0);
        assertThat(over).hasValue(1);
    }

    @Test
    void publish_takesAChunkOverTheLimit_whenNothingIsHeld() {
        CoalescedScrape scrape = scrape(3);
        Subscriber subscriber = scrape.join();
        scrape.begin();

        boolean wanted = scrape.publish(part(1));

        assertThat(wanted).isTrue();
        assertThat(take(subscriber)).isEqualTo("part 1");
    }

    @Test
    void publish_expelsTheSlowestSubscriber_whenItBlocksAnother() {
        CoalescedScrape scrape = scrape(10, Duration.ofMillis(150));
        Subscriber fast = scrape.join();
        Subscriber slow = scrape.join();
        scrape.begin();

        CompletableFuture<Boolean> all =
                inBackground(() -> IntStream.rangeClosed(1, 50).allMatch(i -> scrape.publish(part(i))));
        for (int i = 1; i <= 50; i++) {
            assertThat(awaitPart(fast)).isEqualTo("part " + i);
        }

        assertThat(all.join()).isTrue();
        assertThat(slow.next(CoalescedScrapeTest::ignore)).isInstanceOf(Next.Expelled.class);
    }

    @Test
    void publish_expelsNoSubscriber_whenNoOtherWaits() {
        CoalescedScrape scrape = scrape(10, Duration.ZERO);
        Subscriber one = scrape.join();
        Subscriber other = scrape.join();
        scrape.begin();
        scrape.publish(part(1));

        CompletableFuture<Boolean> second = publishInBackground(scrape, part(2));
        await().during(Duration.ofMillis(350)).until(() -> !second.isDone());

        assertThat(take(one)).isEqualTo("part 1");
        assertThat(take(other)).isEqualTo("part 1");
    }

    @Test
    void publish_findsRoom_whenTheSlowestSubscriberLeaves() {
        CoalescedScrape scrape = scrape(10);
        Subscriber stays = scrape.join();
        Subscriber leaves = scrape.join();
        scrape.begin();
        scrape.publish(part(1));
        take(stays);
        CompletableFuture<Boolean> second = publishInBackground(scrape, part(2));

        leaves.leave();

        assertThat(second.join()).isTrue();
        assertThat(take(stays)).isEqualTo("part 2");
    }

    @Test
    void publish_isFalse_whenTheLastSubscriberLeavesWhileItWaits() {
        CoalescedScrape scrape = scrape(10);
        Subscriber only = scrape.join();
        scrape.begin();
        scrape.publish(part(1));
        CompletableFuture<Boolean> second = publishInBackground(scrape, part(2));

        only.leave();

        assertThat(second.join()).isFalse();
    }

    @Test
    void whenOver_isRunOnce_afterTheEndAndTheLastSubscriber() {
        CoalescedScrape scrape = scrape(1_000);
        Subscriber first = scrape.join();
        Subscriber second = scrape.join();
        scrape.begin();

        first.leave();
        scrape.complete(new byte[0], 0);
        int beforeTheLast = over.get();
        second.leave();
        second.leave();

        assertThat(beforeTheLast).isZero();
        assertThat(over).hasValue(1);
    }

    @Test
    void whenOver_isRunAtTheEnd_whenAllLeftBefore() {
        CoalescedScrape scrape = scrape(1_000);
        scrape.join().leave();
        int beforeTheEnd = over.get();

        scrape.complete(new byte[0], 0);

        assertThat(beforeTheEnd).isZero();
        assertThat(over).hasValue(1);
    }

    private CoalescedScrape scrape(int maxHeldBytes) {
        return scrape(maxHeldBytes, Duration.ofSeconds(2));
    }

    private CoalescedScrape scrape(int maxHeldBytes, Duration maxBlocking) {
        return new CoalescedScrape(maxHeldBytes, held, slot, maxBlocking, over::incrementAndGet);
    }

    private static byte[] part(int number) {
        return ("part " + number).getBytes(StandardCharsets.US_ASCII);
    }

    private static CompletableFuture<Boolean> publishInBackground(CoalescedScrape scrape, byte[] part) {
        return inBackground(() -> scrape.publish(part));
    }

    /** On a separate thread: the common pool may have a single thread, and a scrape that waits would keep it busy. */
    private static CompletableFuture<Boolean> inBackground(Supplier<Boolean> task) {
        return CompletableFuture.supplyAsync(task, Thread::startVirtualThread).orTimeout(20, TimeUnit.SECONDS);
    }

    private static void ignore() {}

    private static String take(Subscriber subscriber) {
        return text(subscriber.next(CoalescedScrapeTest::ignore));
    }

    /** Takes the next part as a client does: asks again after {@link Next.Later}. */
    private static String awaitPart(Subscriber subscriber) {
        while (true) {
            CompletableFuture<Void> more = new CompletableFuture<>();
            Next next = subscriber.next(() -> more.complete(null));
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
