package dev.streamgauge.aggregator;

import static dev.streamgauge.aggregator.fold.Loops.DEADLINE;
import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.fold.Loops;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.validation.Sample;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LoopPulseTest {

    private static final Duration LIMIT = Duration.ofSeconds(36);
    private static final Duration HOUR = Duration.ofHours(1);

    /** Also what the clock of a JVM may show: it may be negative, and overflow. */
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);

    private final LoopPulse pulse = new LoopPulse(Duration.ofSeconds(2), nanos::get);

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void loop_isAlive_upToThreeTimeoutsAndHalfAMinuteAfterItsLastTurn() {
        pulse.beat();

        pass(LIMIT);

        assertThat(pulse.findFault()).isEmpty();
    }

    @Test
    void loop_standsStill_whenItMadeNoTurnForLonger() {
        pulse.beat();

        pass(LIMIT.plusNanos(1));

        assertThat(pulse.findFault()).contains("no progress for 36 s; at most 36 s expected");
    }

    @Test
    void loop_isAliveAgain_afterItsNextTurn() {
        pulse.beat();
        pass(HOUR);

        pulse.beat();

        assertThat(pulse.findFault()).isEmpty();
    }

    @Test
    void pauseOfTheLoop_isNotCounted() {
        pulse.rest(HOUR);

        pass(HOUR.plus(LIMIT));
        assertThat(pulse.findFault()).isEmpty();

        pass(Duration.ofNanos(1));
        assertThat(pulse.findFault()).isPresent();
    }

    @Test
    void loop_isAlive_whileItWaitsForItsStart() {
        pass(HOUR);

        assertThat(pulse.findFault()).isEmpty();
    }

    @Test
    void loop_isDead_whenItsThreadEnded() {
        pulse.beat();

        pulse.end();

        assertThat(pulse.findFault()).contains("its thread has died");
    }

    @Test
    void loop_isAlive_whenItStopsOrHasStopped() {
        pulse.beat();
        pass(HOUR);

        pulse.stop();
        assertThat(pulse.findFault()).isEmpty();

        pulse.end();
        assertThat(pulse.findFault()).isEmpty();
    }

    @Test
    void loop_goesOn_afterAPause() {
        assertThat(pulse.pause(Duration.ofNanos(1))).isTrue();

        assertThat(pulse.isRunning()).isTrue();
    }

    @Test
    void loop_doesNotPause_onceItIsStopped() {
        pulse.stop();

        assertThat(pulse.pause(HOUR)).isFalse();

        assertThat(pulse.isRunning()).isFalse();
    }

    @Test
    void loop_ends_andIsDead_whenItsThreadIsInterrupted() {
        Thread.currentThread().interrupt();

        assertThat(pulse.pause(HOUR)).isFalse();

        pulse.end();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(pulse.isRunning()).isFalse();
        assertThat(pulse.findFault()).contains("its thread has died");
    }

    @Test
    void foldLoop_isAlive_whileItsTurnsFail() {
        try (Loops loops = new Loops()) {
            loops.redis().kill();
            pulse.beat(); // as if an earlier turn had succeeded
            loops.run("one", any -> SeriesExpiry.NEVER, pulse);

            for (int turn = 0; turn < 3; turn++) {
                pass(HOUR);

                await().atMost(DEADLINE).until(() -> pulse.findFault().isEmpty());
            }
        }
    }

    @Test
    void foldLoop_isAlive_whileNothingIsPushed() {
        try (Loops loops = new Loops()) {
            pulse.beat();
            loops.run("one", any -> SeriesExpiry.NEVER, pulse);

            for (int turn = 0; turn < 3; turn++) {
                pass(HOUR);

                await().atMost(DEADLINE).until(() -> pulse.findFault().isEmpty());
            }
        }
    }

    @Test
    void foldLoop_standsStill_whileATurnDoesNotEnd() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        Sample one = counter("orders_total", "", 1);
        try (Loops loops = new Loops()) {
            Tenant tenant = loops.tenant("acme");
            tenant.admit(one);
            loops.run(
                    "one",
                    any -> {
                        entered.countDown();
                        await().atMost(DEADLINE).until(() -> released.getCount() == 0);
                        return SeriesExpiry.NEVER;
                    },
                    pulse);
            entered.await();

            pass(HOUR);
            assertThat(pulse.findFault()).isPresent();

            released.countDown();
            await().atMost(DEADLINE).until(() -> pulse.findFault().isEmpty());
        }
    }
}
