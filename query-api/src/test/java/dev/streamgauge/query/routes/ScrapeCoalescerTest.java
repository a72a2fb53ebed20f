package dev.streamgauge.query.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.exposition.TextWriter;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.Settings;
import dev.streamgauge.query.negotiation.ContentCoding;
import dev.streamgauge.query.rendering.LinesFormat;
import dev.streamgauge.query.rendering.RegistryRenderer.Rendered;
import dev.streamgauge.query.scrape.CoalescedScrape;
import dev.streamgauge.query.scrape.CoalescedScrape.Ending;
import dev.streamgauge.query.scrape.CoalescedScrape.Next;
import dev.streamgauge.query.scrape.CoalescedScrape.Subscriber;
import dev.streamgauge.query.scrape.ScrapeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ScrapeCoalescerTest {

    private static final ScrapeRequest ACME = request("acme");

    private final AtomicInteger renders = new AtomicInteger();
    private final AtomicInteger pushes = new AtomicInteger();
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void release() {
        released.countDown();
    }

    @Test
    void join_sharesOneScrape_amongAllSubscribersThatComeWhileAnotherReads() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(64, 16), this::pushCount);
        List<Subscriber> subscribers = new ArrayList<>();
        subscribers.add(join(coalescer, ACME));
        begun.join();

        for (int i = 0; i < 7; i++) {
            subscribers.add(join(coalescer, ACME));
        }
        released.countDown();

        subscribers.forEach(ScrapeCoalescerTest::awaitEnd);
        assertThat(renders).hasValue(2);
    }

    @Test
    void join_showsAPush_whenItCameAfterAnotherScrapeHadBegun() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(64, 16), this::pushCount);
        Subscriber before = join(coalescer, ACME);
        begun.join();
        pushes.incrementAndGet();

        Subscriber after = join(coalescer, ACME);
        released.countDown();

        assertThat(awaitEnd(before)).isEqualTo(new Ending.Complete(0));
        assertThat(awaitEnd(after)).isEqualTo(new Ending.Complete(1));
    }

    @Test
    void join_waitsForAnotherScrape_noLongerThanTheGatheringTime() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(64, 16), this::pushCount);
        join(coalescer, ACME);
        begun.join();

        join(coalescer, ACME);

        await().until(() -> renders.get() == 2); // the first has not ended
    }

    @Test
    void join_startsASeparateScrape_whenNamesOrCodingDiffer() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(64, 16), this::pushCount);

        join(coalescer, ACME);
        join(coalescer, new ScrapeRequest(ACME.tenant(), Set.of("up"), TextWriter.FORMAT, ACME.coding(), false));
        join(coalescer, new ScrapeRequest(ACME.tenant(), Set.of(), TextWriter.FORMAT, ContentCoding.GZIP, false));

        await().until(() -> renders.get() == 3);
    }

    @Test
    void join_startsASeparateScrape_whenTheFormatDiffers() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(64, 3), this::pushCount);
        join(coalescer, ACME);
        begun.join();
        join(coalescer, ACME); // waits, so that an equal request would join it

        join(coalescer, new ScrapeRequest(ACME.tenant(), Set.of(), LinesFormat.INSTANCE, ACME.coding(), false));

        assertThat(coalescer.join(named("up"))).as("a fourth scrape").isEmpty();
    }

    @Test
    void join_isRejected_whenTheProcessIsAtItsLimit() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(2, 2), this::pushCount);
        join(coalescer, request("one"));
        Subscriber leaving = join(coalescer, request("two"));

        Optional<Subscriber> over = coalescer.join(request("three"));
        released.countDown();
        awaitEnd(leaving);
        leaving.leave();

        assertThat(over).isEmpty();
        await().until(() -> coalescer.join(request("three")).isPresent());
    }

    @Test
    void join_isRejectedForOneTenantOnly_whenThatTenantIsAtItsLimit() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(64, 1), this::pushCount);
        join(coalescer, ACME);

        Optional<Subscriber> same =
                coalescer.join(new ScrapeRequest(ACME.tenant(), Set.of("up"), TextWriter.FORMAT, ACME.coding(), false));
        Optional<Subscriber> other = coalescer.join(request("other"));

        assertThat(same).isEmpty();
        assertThat(other).isPresent();
    }

    @Test
    void join_countsAScrape_untilItsLastSubscriberLeft() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(64, 1), (request, scrape) -> rendered(0));
        Subscriber reading = join(coalescer, ACME);
        awaitEnd(reading);

        Optional<Subscriber> before = coalescer.join(ACME);
        reading.leave();
        Optional<Subscriber> after = coalescer.join(ACME);

        assertThat(before).isEmpty();
        assertThat(after).isPresent();
    }

    @Test
    void join_getsThePlaceOfASlowClient_whenAllPlacesAreTaken() {
        Set<ScrapeRequest> reading = ConcurrentHashMap.newKeySet();
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(4, 3), (request, scrape) -> {
            reading.add(request);
            return muchText(request, scrape);
        });
        AtomicInteger reset = new AtomicInteger();
        List<Subscriber> slow = new ArrayList<>();
        for (ScrapeRequest request : List.of(request("another"), ACME, named("up"), named("down"))) {
            Subscriber subscriber = join(coalescer, request);
            subscriber.whenExpelled(reset::incrementAndGet);
            slow.add(subscriber);
            await().until(() -> reading.contains(request)); // the tenant's scrape before it has given its slot by now
        }

        Optional<Subscriber> quiet = coalescer.join(request("quiet"));

        assertThat(quiet).isPresent();
        assertThat(reset).hasValue(1); // one of the tenant with the most places, the oldest of them
        assertThat(slow.get(1).next(() -> {})).isInstanceOf(Next.Expelled.class);
        await().until(() -> slow.get(0).next(() -> {}) instanceof Next.Part);
        await().until(() -> slow.get(2).next(() -> {}) instanceof Next.Part);
    }

    @Test
    void join_isRejected_whenTheSlowClientsAreThoseOfTheSameTenant() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(2, 2), ScrapeCoalescerTest::muchText);
        join(coalescer, ACME);
        join(coalescer, named("up"));
        await().until(() -> coalescer.join(request("quiet")).isPresent()); // both others are slow now

        Optional<Subscriber> another = coalescer.join(named("down"));

        assertThat(another).isEmpty();
    }

    @Test
    void join_getsAPlace_whenOneTenantHasScrapesThatWaitForTheirSlot() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(4, 4), this::pushCount);
        for (String name : List.of("a", "b", "c", "d")) {
            join(coalescer, named(name)); // one reads, three wait
        }

        Optional<Subscriber> quiet = coalescer.join(request("quiet"));

        assertThat(quiet).isPresent();
        await().until(() -> renders.get() == 2);
        released.countDown();
        assertThat(awaitEnd(quiet.get())).isInstanceOf(Ending.Complete.class);
    }

    @Test
    void joinEmpty_isComplete_withoutRendering() {
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(1, 1), this::pushCount);
        join(coalescer, ACME);

        Subscriber empty = coalescer.joinEmpty(ACME);

        assertThat(empty.next(() -> {})).isEqualTo(new Next.End(new Ending.Complete(0)));
        assertThat(empty.wholeLength()).hasValue(0);
    }

    @Test
    void join_endsBroken_whenTheScrapeFails() {
        IllegalStateException failure = new IllegalStateException("gone");
        ScrapeCoalescer coalescer = new ScrapeCoalescer(Settings.concurrent(1, 1), (request, scrape) -> {
            throw failure;
        });

        Subscriber subscriber = join(coalescer, ACME);

        assertThat(awaitEnd(subscriber)).isEqualTo(new Ending.Broken(failure));
    }

    /** Renders more text than a scrape may hold, so that it waits for its subscriber. */
    private static Rendered muchText(ScrapeRequest request, CoalescedScrape scrape) {
        boolean wanted = true;
        while (wanted) {
            wanted = scrape.publish(new byte[1 << 20]);
        }
        return rendered(0);
    }

    private static ScrapeRequest named(String family) {
        return new ScrapeRequest(ACME.tenant(), Set.of(family), TextWriter.FORMAT, ACME.coding(), false);
    }

    /** Renders the number of pushes so far, once it may go on. */
    private Rendered pushCount(ScrapeRequest request, CoalescedScrape scrape) {
        renders.incrementAndGet();
        Rendered rendered = rendered(pushes.get());
        begun.complete(null);
        awaitRelease();
        return rendered;
    }

    private static Rendered rendered(long shown) {
        return new Rendered(new byte[0], shown, 0);
    }

    private void awaitRelease() {
        try {
            released.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Subscriber join(ScrapeCoalescer coalescer, ScrapeRequest request) {
        Optional<Subscriber> subscriber = coalescer.join(request);
        assertThat(subscriber).isPresent();
        return subscriber.get();
    }

    private static ScrapeRequest request(String tenant) {
        return new ScrapeRequest(new TenantId(tenant), Set.of(), TextWriter.FORMAT, ContentCoding.IDENTITY, false);
    }

    private static Ending awaitEnd(Subscriber subscriber) {
        while (true) {
            CompletableFuture<Void> more = new CompletableFuture<>();
            if (subscriber.next(() -> more.complete(null)) instanceof Next.End(Ending ending)) {
                return ending;
            }
            more.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }
}
