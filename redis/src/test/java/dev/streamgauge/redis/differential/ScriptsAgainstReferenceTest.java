package dev.streamgauge.redis.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.RealRedis;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scripts give the answers, and keep the state, that the reference gives and keeps. */
class ScriptsAgainstReferenceTest {

    /** Set to a number, it is the only seed: {@code -Ddev.streamgauge.differential.seed=17}. */
    private static final String SEED = "dev.streamgauge.differential.seed";

    private static final int STEPS = 1_000;
    private static final int FIXED_SEEDS = 8;

    /** What each programme must meet; one that meets none of these would prove little. */
    private static final String[] KINDS = {
        "Stored",
        "Replay",
        "KeyReused",
        "Nothing",
        "EpochChanged",
        "Exists",
        "Clashes",
        "OverSeriesLimit",
        "OverRate",
        "BacklogFull",
        "Folded",
        "Stale",
        "dead-letter DeadLettered",
        "dead-letter Stale",
        "claimed",
        "unreadable",
        "lost",
        "reset Done",
        "reset OutOfTime",
        "delete Done",
        "delete OutOfTime"
    };

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    static LongStream seeds() {
        Long only = Long.getLong(SEED);
        if (only != null) {
            return LongStream.of(only);
        }
        long fresh = new Random().nextInt(FIXED_SEEDS + 1, Integer.MAX_VALUE); // each build tries something new
        return LongStream.concat(LongStream.rangeClosed(1, FIXED_SEEDS), LongStream.of(fresh));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void scripts_answerAndStoreAsTheReference_whateverIsDone(long seed) {
        RandomProgramme programme = new RandomProgramme(redis, seed);
        try {
            programme.run(STEPS);
        } catch (AssertionError | RuntimeException wrong) {
            throw new AssertionError(
                    "-D" + SEED + "=" + seed + ", " + programme.lastOperations() + "\n" + wrong.getMessage(), wrong);
        }

        if (seed <= FIXED_SEEDS) {
            assertThat(programme.answersSeen()).containsKeys(KINDS);
        }
    }
}
