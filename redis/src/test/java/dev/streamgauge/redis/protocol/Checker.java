package dev.streamgauge.redis.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Visits every state of a model, breadth first, so that the first bad state found is one of those that need the fewest
 * actions. Then it looks backwards from the settled states, which tells from which states nothing can be settled any
 * more.
 *
 * @param <S> states; equal if they are the same
 * @param <A> actions
 */
final class Checker<S, A> {

    /** What is checked. */
    interface Model<S, A> {

        S start();

        List<A> actions();

        /** Tells the states that come after this one, leaving out actions that cannot happen or change nothing. */
        void visitNext(S state, NextStates<S> next);

        /** What is wrong in a state, if anything is. */
        Optional<String> badness(S state);

        /** Whether nothing is left to be done. */
        boolean isSettled(S state);

        /** Sets of actions. Each set, the actions of one survivor, must be enough to settle any state. */
        List<Predicate<A>> survivors();
    }

    /** Takes the states that come after one. */
    @FunctionalInterface
    interface NextStates<S> {

        /**
         * Takes one.
         *
         * @param action the place in {@link Model#actions} of the action that leads there
         */
        void add(int action, S next);
    }

    /**
     * What came out.
     *
     * @param states states visited; not all there are if there is a counterexample
     * @param happened actions that happened in any of them
     */
    record Outcome<A>(int states, List<A> happened, Optional<Counterexample<A>> counterexample) {}

    /**
     * A shortest way to a bad state.
     *
     * @param actions from the start
     * @param badness what is wrong then
     */
    record Counterexample<A>(List<A> actions, String badness) {

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            for (A action : actions) {
                text.append("  ").append(action).append('\n');
            }
            return text.append("  => ").append(badness).toString();
        }
    }

    private final Model<S, A> model;
    private final List<A> actions;
    private final List<S> states = new ArrayList<>(); // in the order of being found
    private final Map<S, Integer> places = new HashMap<>();
    private final Ints foundFrom = new Ints();
    private final Ints foundBy = new Ints();
    private final Ints edgeFrom = new Ints();
    private final Ints edgeTo = new Ints();
    private final Ints edgeBy = new Ints();

    private Checker(Model<S, A> model) {
        this.model = model;
        this.actions = model.actions();
    }

    static <S, A> Outcome<A> check(Model<S, A> model) {
        Checker<S, A> checker = new Checker<>(model);
        Optional<Counterexample<A>> bad = checker.findBad();
        return new Outcome<>(checker.states.size(), checker.happened(), bad.isPresent() ? bad : checker.findStuck());
    }

    private List<A> happened() {
        BitSet happened = new BitSet();
        for (int edge = 0; edge < edgeBy.size; edge++) {
            happened.set(edgeBy.get(edge));
        }
        return happened.stream().mapToObj(actions::get).toList();
    }

    private Optional<Counterexample<A>> findBad() {
        find(model.start(), -1, -1);
        for (int place = 0; place < states.size(); place++) {
            S state = states.get(place);
            Optional<String> badness = model.badness(state);
            if (badness.isPresent()) {
                return Optional.of(new Counterexample<>(actionsTo(place), badness.get()));
            }
            int from = place;
            model.visitNext(state, (action, next) -> {
                edgeFrom.add(from);
                edgeTo.add(find(next, from, action));
                edgeBy.add(action);
            });
        }
        return Optional.empty();
    }

    /** The place of a state, which is new or was found before. */
    private int find(S state, int from, int by) {
        Integer known = places.putIfAbsent(state, states.size());
        if (known != null) {
            return known;
        }
        states.add(state);
        foundFrom.add(from);
        foundBy.add(by);
        return states.size() - 1;
    }

    /** The first state from which one of the survivors can never settle things. */
    private Optional<Counterexample<A>> findStuck() {
        for (Predicate<A> survivor : model.survivors()) {
            boolean[] canSettle = statesThatCanSettle(survivor);
            for (int place = 0; place < canSettle.length; place++) {
                if (!canSettle[place]) {
                    return Optional.of(new Counterexample<>(
                            actionsTo(place),
                            "from here on a consumer that is left alone never gets everything folded"));
                }
            }
        }
        return Optional.empty();
    }

    private boolean[] statesThatCanSettle(Predicate<A> survivor) {
        boolean[] isOfSurvivor = new boolean[actions.size()];
        for (int action = 0; action < isOfSurvivor.length; action++) {
            isOfSurvivor[action] = survivor.test(actions.get(action));
        }
        // Edges by the state that they lead to, so that they can be followed backwards.
        int[] starts = new int[states.size() + 1];
        for (int edge = 0; edge < edgeTo.size; edge++) {
            if (isOfSurvivor[edgeBy.get(edge)]) {
                starts[edgeTo.get(edge) + 1]++;
            }
        }
        for (int place = 0; place < states.size(); place++) {
            starts[place + 1] += starts[place];
        }
        int[] ends = starts.clone();
        int[] froms = new int[starts[states.size()]];
        for (int edge = 0; edge < edgeTo.size; edge++) {
            if (isOfSurvivor[edgeBy.get(edge)]) {
                froms[ends[edgeTo.get(edge)]++] = edgeFrom.get(edge);
            }
        }
        boolean[] canSettle = new boolean[states.size()];
        Ints todo = new Ints();
        for (int place = 0; place < canSettle.length; place++) {
            if (model.isSettled(states.get(place))) {
                canSettle[place] = true;
                todo.add(place);
            }
        }
        for (int next = 0; next < todo.size; next++) {
            int place = todo.get(next);
            for (int edge = starts[place]; edge < starts[place + 1]; edge++) {
                if (!canSettle[froms[edge]]) {
                    canSettle[froms[edge]] = true;
                    todo.add(froms[edge]);
                }
            }
        }
        return canSettle;
    }

    private List<A> actionsTo(int place) {
        List<A> way = new ArrayList<>();
        for (int at = place; foundBy.get(at) >= 0; at = foundFrom.get(at)) {
            way.add(actions.get(foundBy.get(at)));
        }
        return way.reversed();
    }

    /** A growing list of numbers that are not boxed. */
    private static final class Ints {
        private int[] values = new int[1 << 12];
        private int size;

        private void add(int value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = value;
        }

        private int get(int place) {
            return values[place];
        }
    }
}
