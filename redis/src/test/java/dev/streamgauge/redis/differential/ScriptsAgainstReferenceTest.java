package dev.streamgauge.redis.differential;

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

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    static LongStream seeds() {
        Long only = Long.getLong(SEED);
        if (only != null) {
            return LongStream.of(only);
        }
        long fresh = new Random().nextInt(Integer.MAX_VALUE); // finds more with each build
        return LongStream.concat(LongStream.rangeClosed(1, 8), LongStream.of(fresh));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void scripts_answerAndStoreAsTheReference_whateverIsDone(long seed) {
        RandomProgramme programme = new RandomProgramme(redis, seed);
        try {
            programme.run(STEPS);
        } catch (AssertionError | RuntimeException wrong) {
            throw new AssertionError("-D" + SEED + "=" + seed + ", " + programme.lastOperations(), wrong);
        }
    }
}
