package dev.streamgauge.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.RegistryRendering.Rendered;
import dev.streamgauge.query.SharedRendering.Ending;
import dev.streamgauge.query.SharedRendering.Next;
import dev.streamgauge.query.SharedRendering.Taker;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RenderingsTest {

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
    void join_sharesOneRendering_amongAllWhoComeWhileAnotherReads() {
        Renderings renderings = new Renderings(Settings.concurrent(64, 16), this::pushCount);
        List<Taker> takers = new ArrayList<>();
        takers.add(join(renderings, ACME));
        begun.join();

        for (int i = 0; i < 7; i++) {
            takers.add(join(renderings, ACME));
        }
        released.countDown();

        takers.forEach(RenderingsTest::awaitEnd);
        assertThat(renders).hasValue(2);
    }

    @Test
    void join_showsAPush_whenItCameAfterAnotherScrapeHadBegun() {
        Renderings renderings = new Renderings(Settings.concurrent(64, 16), this::pushCount);
        Taker before = join(renderings, ACME);
        begun.join();
        pushes.incrementAndGet();

        Taker after = join(renderings, ACME);
        released.countDown();

        assertThat(awaitEnd(before)).isEqualTo(new Ending.Complete(0));
        assertThat(awaitEnd(after)).isEqualTo(new Ending.Complete(1));
    }

    @Test
    void join_waitsForNoOther_longerThanItGathers() {
        Renderings renderings = new Renderings(Settings.concurrent(64, 16), this::pushCount);
        join(renderings, ACME);
        begun.join();

        join(renderings, ACME);

        await().until(() -> renders.get() == 2); // the first has not ended
    }

    @Test
    void join_startsItsOwn_whenNamesOrCodingDiffer() {
        Renderings renderings = new Renderings(Settings.concurrent(64, 16), this::pushCount);

        join(renderings, ACME);
        join(renderings, new ScrapeRequest(ACME.tenant(), Set.of("up"), ACME.coding()));
        join(renderings, new ScrapeRequest(ACME.tenant(), Set.of(), ContentCoding.GZIP));

        await().until(() -> renders.get() == 3);
    }

    @Test
    void join_isRefused_whenTheProcessRendersAsMuchAsItMay() {
        Renderings renderings = new Renderings(Settings.concurrent(2, 2), this::pushCount);
        join(renderings, request("one"));
        Taker leaving = join(renderings, request("two"));

        Optional<Taker> over = renderings.join(request("three"));
        released.countDown();
        awaitEnd(leaving);
        leaving.leave();

        assertThat(over).isEmpty();
        await().until(() -> renderings.join(request("three")).isPresent());
    }

    @Test
    void join_isRefusedOneTenantOnly_whenThatRendersAsMuchAsItMay() {
        Renderings renderings = new Renderings(Settings.concurrent(64, 1), this::pushCount);
        join(renderings, ACME);

        Optional<Taker> same = renderings.join(new ScrapeRequest(ACME.tenant(), Set.of("up"), ACME.coding()));
        Optional<Taker> other = renderings.join(request("other"));

        assertThat(same).isEmpty();
        assertThat(other).isPresent();
    }

    @Test
    void join_countsARendering_untilItsLastTakerLeft() {
        Renderings renderings = new Renderings(Settings.concurrent(1, 1), (request, out) -> rendered(0));
        Taker reading = join(renderings, ACME);
        awaitEnd(reading);

        Optional<Taker> before = renderings.join(request("other"));
        reading.leave();
        Optional<Taker> after = renderings.join(request("other"));

        assertThat(before).isEmpty();
        assertThat(after).isPresent();
    }

    @Test
    void join_endsBroken_whenRenderingFails() {
        IllegalStateException failure = new IllegalStateException("gone");
        Renderings renderings = new Renderings(Settings.concurrent(1, 1), (request, out) -> {
            throw failure;
        });

        Taker taker = join(renderings, ACME);

        assertThat(awaitEnd(taker)).isEqualTo(new Ending.Broken(failure));
    }

    /** Renders the number of pushes so far, once it may go on. */
    private Rendered pushCount(ScrapeRequest request, SharedRendering out) {
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

    private static Taker join(Renderings renderings, ScrapeRequest request) {
        Optional<Taker> taker = renderings.join(request);
        assertThat(taker).isPresent();
        return taker.get();
    }

    private static ScrapeRequest request(String tenant) {
        return new ScrapeRequest(new TenantId(tenant), Set.of(), ContentCoding.IDENTITY);
    }

    private static Ending awaitEnd(Taker taker) {
        while (true) {
            CompletableFuture<Void> more = new CompletableFuture<>();
            if (taker.next(() -> more.complete(null)) instanceof Next.End(Ending ending)) {
                return ending;
            }
            more.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }
}
