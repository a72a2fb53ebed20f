package dev.streamgauge.server.tenants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoalescingPollerTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger begun = new AtomicInteger();
    private final BlockingQueue<UniEmitter<? super Void>> open = new LinkedBlockingQueue<>();

    /** Each of its polls ends when the test ends it. */
    private final CoalescingPoller poller = new CoalescingPoller(
            vertx,
            () -> Uni.createFrom().<Void>emitter(open::add).onSubscription().invoke(begun::incrementAndGet));

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private UniEmitter<? super Void> nextOpen() throws InterruptedException {
        UniEmitter<? super Void> poll = open.poll(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(poll).as("a poll begins").isNotNull();
        return poll;
    }

    private CompletableFuture<Void> ask() {
        return poller.next().subscribeAsCompletionStage();
    }

    @Test
    void next_isOnePollForAllCallers_whenTheyAskTogether() throws Exception {
        CompletableFuture<Void> before = ask();
        UniEmitter<? super Void> underWay = nextOpen();
        List<CompletableFuture<Void>> asked =
                IntStream.range(0, 1_000).mapToObj(i -> ask()).toList();

        underWay.complete(null);
        nextOpen().complete(null);

        before.get(20, TimeUnit.SECONDS);
        CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
        assertThat(begun).hasValue(2);
    }

    /** A poll that began before the call may have read older data than the caller needs. */
    @Test
    void next_waitsForTheFollowingPoll_whenOneIsUnderWay() throws Exception {
        CompletableFuture<Void> first = ask();
        UniEmitter<? super Void> underWay = nextOpen();
        CompletableFuture<Void> second = ask();

        underWay.complete(null);

        first.get(20, TimeUnit.SECONDS);
        UniEmitter<? super Void> after = nextOpen();
        assertThat(second).isNotDone();
        after.complete(null);
        second.get(20, TimeUnit.SECONDS);
    }

    @Test
    void next_fails_whenItsPollFails_andTheNextOneDoesNot() throws Exception {
        CompletableFuture<Void> first = ask();
        nextOpen().fail(new IllegalStateException("down"));
        assertThatThrownBy(() -> first.get(20, TimeUnit.SECONDS)).hasRootCauseMessage("down");

        CompletableFuture<Void> second = ask();
        nextOpen().complete(null);

        second.get(20, TimeUnit.SECONDS);
    }

    @Test
    void next_fails_whenThereIsNoPlaceToWait() throws Exception {
        CompletableFuture<Void> before = ask();
        UniEmitter<? super Void> underWay = nextOpen();
        List<CompletableFuture<Void>> waiting = IntStream.range(0, CoalescingPoller.MAX_WAITING)
                .mapToObj(i -> ask())
                .toList();

        CompletableFuture<Void> oneTooMany = ask();

        assertThat(oneTooMany).isCompletedExceptionally();
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        underWay.complete(null);
        nextOpen().complete(null);
        before.get(20, TimeUnit.SECONDS);
        CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
    }

    @Test
    void next_goesOnForTheOthers_whenOneGivesUp() throws Exception {
        CompletableFuture<Void> before = ask();
        UniEmitter<? super Void> underWay = nextOpen(); // the next poll, which all others share, begins when it ends
        poller.next().subscribe().with(nothing -> {}).cancel();
        CompletableFuture<Void> other = ask();

        underWay.complete(null);
        nextOpen().complete(null);

        before.get(20, TimeUnit.SECONDS);
        other.get(20, TimeUnit.SECONDS);
    }

    @Test
    void polls_beginATenthOfASecondApart_whenCallersKeepAsking() {
        AtomicLong nanos = new AtomicLong();
        List<Duration> delays = new CopyOnWriteArrayList<>();
        CoalescingPoller paced =
                new CoalescingPoller(vertx, () -> Uni.createFrom().voidItem(), nanos::get, (delay, action) -> {
                    delays.add(delay);
                    nanos.addAndGet(delay.toNanos());
                    action.run();
                });

        paced.next().await().atMost(DEADLINE);
        nanos.addAndGet(Duration.ofMillis(30).toNanos());
        paced.next().await().atMost(DEADLINE);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        paced.next().await().atMost(DEADLINE);

        assertThat(delays).containsExactly(Duration.ofMillis(1), Duration.ofMillis(70), Duration.ofMillis(1));
    }

    @Test
    void start_pollsOnceASecond() throws Exception {
        poller.start();

        nextOpen().complete(null);
        nextOpen().complete(null);
        nextOpen().complete(null);

        poller.stop();
        assertThat(begun).hasValue(3);
    }
}
