package dev.streamgauge.redis.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.protocol.Checker.Counterexample;
import dev.streamgauge.redis.protocol.Checker.Outcome;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The checker on a model that can be checked by hand: a number from 0 to 9, moved by steps, settled at 9. */
class CheckerTest {

    private record Steps(List<Integer> actions, int bad, Predicate<Integer> survivor)
            implements Checker.Model<Integer, Integer> {

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public void visitNext(Integer state, Checker.NextStates<Integer> next) {
            for (int action = 0; action < actions.size(); action++) {
                int to = state + actions.get(action);
                if (to >= 0 && to <= 9) {
                    next.add(action, to);
                }
            }
        }

        @Override
        public Optional<String> badness(Integer state) {
            return state == bad ? Optional.of("at " + state) : Optional.empty();
        }

        @Override
        public boolean isSettled(Integer state) {
            return state == 9;
        }

        @Override
        public List<Predicate<Integer>> survivors() {
            return List.of(survivor);
        }
    }

    @Test
    void check_visitsAllStates_whenAllAreGood() {
        Outcome<Integer> outcome = Checker.check(new Steps(List.of(1, -2, 50), -1, step -> step > 0));

        assertThat(outcome).isEqualTo(new Outcome<>(10, List.of(1, -2), Optional.empty()));
    }

    @Test
    void check_findsAShortestWay_whenAStateIsBad() {
        Outcome<Integer> outcome = Checker.check(new Steps(List.of(1, 3), 7, step -> true));

        assertThat(outcome.counterexample()).hasValueSatisfying(counterexample -> {
            assertThat(counterexample.actions()).hasSize(3).containsOnly(1, 3);
            assertThat(counterexample.badness()).isEqualTo("at 7");
        });
    }

    @Test
    void check_findsTheStateOfNoReturn_whenASurvivorCannotSettleIt() {
        // From 0, 3 and 6 steps of 3 lead to 9; from 5 or 8, which a step of 5 leads to, they do not.
        Outcome<Integer> outcome = Checker.check(new Steps(List.of(3, 5), -1, step -> step == 3));

        assertThat(outcome.counterexample()).map(Counterexample::actions).contains(List.of(5));
    }
}
