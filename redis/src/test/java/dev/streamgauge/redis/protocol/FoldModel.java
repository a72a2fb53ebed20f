package dev.streamgauge.redis.protocol;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** The fold protocol as the checker sees it. */
record FoldModel(Rules rules, List<Action> actions) implements Checker.Model<World.Packed, Action> {

    FoldModel(Protocol protocol, Rules.Scope scope) {
        this(new Rules(protocol, scope));
    }

    private FoldModel(Rules rules) {
        this(rules, rules.actions());
    }

    @Override
    public World.Packed start() {
        return new World().packed();
    }

    @Override
    public void visitNext(World.Packed state, Checker.NextStates<World.Packed> next) {
        World world = World.unpacked(state);
        for (int action = 0; action < actions.size(); action++) {
            if (rules.happens(actions.get(action), world)) {
                next.add(action, world.packed());
                world = World.unpacked(state);
            }
        }
        // A rule that says no must have changed nothing; looking at some states is enough to notice one that does.
        if ((state.hashCode() & 0x3f) == 0 && !world.packed().equals(state)) {
            throw new IllegalStateException("a rule that said no has changed " + state);
        }
    }

    @Override
    public Optional<String> badness(World.Packed state) {
        return World.unpacked(state).badness();
    }

    @Override
    public boolean isSettled(World.Packed state) {
        return World.unpacked(state).isSettled();
    }

    /** Either consumer must be enough, whatever the other one held when it fell silent. */
    @Override
    public List<Predicate<Action>> survivors() {
        return IntStream.range(0, World.CONSUMERS)
                .mapToObj(survivor -> (Predicate<Action>)
                        action -> action instanceof Action.OfConsumer work && work.consumer() == survivor)
                .toList();
    }
}
