package dev.streamgauge.redis.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.redis.protocol.Checker.Outcome;
import dev.streamgauge.redis.protocol.Protocol.Acknowledgement;
import dev.streamgauge.redis.protocol.Protocol.Admission;
import dev.streamgauge.redis.protocol.Protocol.Atomicity;
import dev.streamgauge.redis.protocol.Protocol.Binding;
import dev.streamgauge.redis.protocol.Protocol.Check;
import dev.streamgauge.redis.protocol.Protocol.ConsumerRemoval;
import dev.streamgauge.redis.protocol.Protocol.Expiry;
import dev.streamgauge.redis.protocol.Protocol.GroupStart;
import dev.streamgauge.redis.protocol.Protocol.OwnEntries;
import dev.streamgauge.redis.protocol.Protocol.Registrations;
import dev.streamgauge.redis.protocol.Protocol.RegistryReset;
import dev.streamgauge.redis.protocol.Protocol.RowRemoval;
import dev.streamgauge.redis.protocol.Protocol.SeriesDeletion;
import dev.streamgauge.redis.protocol.Protocol.Sweep;
import dev.streamgauge.redis.protocol.Protocol.TakeOver;
import dev.streamgauge.redis.protocol.Rules.Scope;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every state of the fold protocol is good, and everything gets folded from each; no weaker protocol passes. */
@Tag("model")
class FoldProtocolTest {

    /** Actions that only wrong protocols allow. */
    private static final Set<Class<?>> MISDEEDS = Set.of(
            Action.FoldFailsHalfway.class,
            Action.AcknowledgementArrives.class,
            Action.RemovesOther.class,
            Action.SweepRemovesWhatItSaw.class);

    private static Outcome<Action> check(Protocol protocol, Scope scope) {
        return Checker.check(new FoldModel(protocol, scope));
    }

    @ParameterizedTest
    @EnumSource
    void realProtocol_countsEachEntryOnce_whateverHappens(Scope scope) {
        Outcome<Action> outcome = check(Protocol.REAL, scope);

        System.out.println("Fold protocol, " + scope + ": " + outcome.states() + " states, all good");
        assertThat(outcome.counterexample()).isEmpty();
        // A model in which little happens proves little.
        assertThat(outcome.states()).isGreaterThan(100_000);
        assertThat(kinds(outcome.happened())).isEqualTo(kindsThatCanHappen(scope));
    }

    private static Set<Class<?>> kindsThatCanHappen(Scope scope) {
        Rules rules = new Rules(Protocol.REAL, scope);
        Set<Class<?>> kinds = kinds(rules.actions());
        kinds.removeAll(MISDEEDS);
        kinds.removeAll(rules.kindsLeftOut());
        return kinds;
    }

    private static Set<Class<?>> kinds(List<Action> actions) {
        return actions.stream().map(Action::getClass).collect(Collectors.toSet());
    }

    /** Not what the script does, since it would fold a batch that another consumer is about to fold; but not wrong. */
    @Test
    void check_isStrictEnough_whenItAsksOnlyThatEveryIdIsPending() {
        Outcome<Action> outcome = check(Protocol.realBut(Check.EVERY_ID_IS_PENDING), Scope.DELETION);

        assertThat(outcome.counterexample()).isEmpty();
    }

    /** Not what the product does, since every fold would have to look for marks; but not wrong. */
    @Test
    void deletion_isRightToo_whenItIsMarkedAndNewerEntriesWait() {
        Outcome<Action> outcome =
                check(Protocol.realBut(SeriesDeletion.AFTER_OLDER_AND_BEFORE_NEWER), Scope.FAILOVER_AND_DELETION);

        assertThat(outcome.counterexample()).isEmpty();
    }

    static Stream<Arguments> wrongProtocols() {
        return Stream.of(
                arguments(Check.COUNT_OF_IDS, Scope.DELETION, "is counted twice"),
                arguments(Check.FIRST_ID, Scope.DELETION, "is counted twice"),
                arguments(Check.ANY_ID, Scope.DELETION, "is counted twice"),
                arguments(Check.NOTHING, Scope.DELETION, "is counted twice"),
                arguments(Acknowledgement.IN_A_SECOND_COMMAND, Scope.DELETION, "is counted twice"),
                arguments(GroupStart.DOLLAR, Scope.DELETION, "is lost"),
                arguments(Binding.ANY_SERVER, Scope.FAILOVER, "another one was admitted in its place"),
                arguments(OwnEntries.NEVER_READ_AGAIN, Scope.DELETION, "never gets everything folded"),
                arguments(TakeOver.NO_CLAIM, Scope.DELETION, "never gets everything folded"),
                arguments(ConsumerRemoval.ANY_TIME, Scope.DELETION, "is lost"),
                arguments(Atomicity.MAY_FAIL_HALFWAY, Scope.DELETION, "is counted twice"),
                arguments(Admission.EACH_TIME, Scope.DELETION, "is counted twice"),
                arguments(SeriesDeletion.AT_ONCE, Scope.DELETION, "brought a deleted series back"),
                arguments(SeriesDeletion.FENCED_AND_NOT_DRAINED, Scope.DELETION, "brought a deleted series back"),
                arguments(
                        SeriesDeletion.DRAINED_WITHOUT_FENCE,
                        Scope.DELETION,
                        "newer than the deletion that removed it"),
                arguments(Expiry.BY_NOW, Scope.EXPIRY, "is lost"),
                arguments(Sweep.WHAT_HAD_EXPIRED_WHEN_IT_LOOKED, Scope.EXPIRY, "is lost"),
                arguments(SeriesDeletion.AFTER_OLDER, Scope.DELETION, "newer than the deletion that removed it"),
                arguments(RowRemoval.WHEN_NOTHING_IS_SHOWN, Scope.EXPIRY, "the row of its family says"),
                arguments(RegistryReset.ANY_TIME, Scope.DELETION, "the row of its family says"),
                arguments(Registrations.FOREVER, Scope.DELETION, "the row of its family says"),
                arguments(Registrations.FOR_AN_EPOCH, Scope.FAILOVER, "the row of its family says"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongProtocols")
    void wrongProtocol_isRejected(Enum<?> choice, Scope scope, String badness) {
        Outcome<Action> outcome = check(Protocol.realBut(choice), scope);

        assertThat(outcome.counterexample()).hasValueSatisfying(counterexample -> {
            System.out.println("Fold protocol with " + choice + ", rejected:\n" + counterexample);
            assertThat(counterexample.badness()).contains(badness);
        });
    }
}
