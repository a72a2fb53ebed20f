package dev.streamgauge.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShutdownSequenceTest {
    @Test
    void onSignal_letsQuarkusStartNoMore_whenTheExitHasNotYetReachedTheHook() throws Exception {
        List<Throwable> startsOfQuarkus = new ArrayList<>();
        ShutdownSequence[] shutdown = new ShutdownSequence[1];
        shutdown[0] = new ShutdownSequence(
                Thread.currentThread(), code -> startsOfQuarkus.add(catchThrowable(shutdown[0]::quarkusStarts)));
        shutdown[0].redisStarts();

        shutdown[0].onSignal();

        assertThat(startsOfQuarkus).singleElement().isInstanceOf(InterruptedException.class);
    }

    @Test
    void onSignal_letsRedisStartNoMore_whenNothingRunsYet() {
        List<Throwable> startsOfRedis = new ArrayList<>();
        ShutdownSequence[] shutdown = new ShutdownSequence[1];
        shutdown[0] = new ShutdownSequence(
                Thread.currentThread(), code -> startsOfRedis.add(catchThrowable(shutdown[0]::redisStarts)));

        shutdown[0].onSignal();

        assertThat(startsOfRedis).singleElement().isInstanceOf(InterruptedException.class);
    }
}
