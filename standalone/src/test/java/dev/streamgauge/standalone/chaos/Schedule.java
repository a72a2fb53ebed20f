package dev.streamgauge.standalone.chaos;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * Which faults come when, made from a seed alone: the same seed and duration give the same schedule. Faults are dealt
 * like cards, so that each kind comes once before any comes again, and all of them within the first three rounds. A
 * shorter run has some of them.
 *
 * @param rounds each is followed by a quiet moment
 */
record Schedule(List<Round> rounds) {

    private static final int ROUNDS_A_DECK = 3;
    private static final Duration ROUND = Duration.ofSeconds(20);

    /** Longer than the deadline of a Redis call, so that every waiting call has given up. */
    private static final Duration LAST_LASTS = Duration.ofSeconds(3);

    /** A round with the quiet moment after it, about. */
    private static final Duration ROUND_IN_ALL = Duration.ofSeconds(25);

    Schedule {
        rounds = List.copyOf(rounds);
    }

    /**
     * A fault with its time.
     *
     * @param at since the round's beginning
     * @param lasts until it is healed
     */
    record Timed(Duration at, Duration lasts, Fault fault) {}

    /**
     * Faults that may overlap, and then one alone, after which everything must work again at once.
     *
     * @param faults by their times
     */
    record Round(List<Timed> faults, Timed last) {

        Round {
            faults = List.copyOf(faults);
        }
    }

    static Schedule of(long seed, Duration duration, List<Node> nodes) {
        Random random = new Random(seed);
        Deque<Fault> deck = new ArrayDeque<>();
        Deque<Fault> lasts = new ArrayDeque<>();
        int count = Math.max(1, (int) (duration.toMillis() / ROUND_IN_ALL.toMillis()));
        Duration length = lengthOfRounds(duration);
        int cards = (int)
                Math.ceil((double) deck(random, nodes).size() / ROUNDS_A_DECK * length.toMillis() / ROUND.toMillis());
        List<Round> rounds = new ArrayList<>();
        for (int round = 0; round < count; round++) {
            List<Timed> faults = new ArrayList<>();
            for (int card = 0; card < cards; card++) {
                if (deck.isEmpty()) {
                    deck.addAll(deck(random, nodes));
                }
                Duration at = Duration.ofMillis(random.nextLong(length.toMillis()));
                Fault fault = deck.removeFirst();
                faults.add(new Timed(at, lasts(fault, random), fault));
            }
            faults.sort(Comparator.comparing(Timed::at));
            if (lasts.isEmpty()) {
                lasts.addAll(lastFaults(random, nodes));
            }
            rounds.add(new Round(faults, new Timed(Duration.ZERO, LAST_LASTS, lasts.removeFirst())));
        }
        return new Schedule(rounds);
    }

    /** A run that is shorter than a round has one round that fits, with fewer faults. */
    private static Duration lengthOfRounds(Duration duration) {
        long fits = duration.minus(ROUND_IN_ALL.minus(ROUND)).toSeconds();
        return Duration.ofSeconds(Math.clamp(fits, 1, ROUND.toSeconds()));
    }

    /** One of each kind, shuffled; where several processes have a role, the seed picks one. */
    private static List<Fault> deck(Random random, List<Node> nodes) {
        List<Fault> deck = new ArrayList<>();
        for (Node.Role role : Node.Role.values()) {
            for (Fault.Signal signal : Fault.Signal.values()) {
                deck.add(new Fault.OfNode(pick(role, nodes, random).name(), role, signal));
            }
            for (Fault.Break broken : Fault.Break.values()) {
                deck.add(connection(pick(role, nodes, random), Fault.Way.NODE_TO_REDIS, broken, random));
            }
        }
        for (Fault.Break broken : Fault.Break.values()) {
            deck.add(connection(pick(Node.Role.INGEST, nodes, random), Fault.Way.SENDERS_TO_NODE, broken, random));
        }
        for (Fault.Blow blow : Fault.Blow.values()) {
            deck.add(new Fault.OfRedis(blow));
        }
        Collections.shuffle(deck, random);
        return deck;
    }

    /** Faults of all ingest processes or of Redis, so that all pushes fail until they are healed. */
    private static List<Fault> lastFaults(Random random, List<Node> nodes) {
        List<Fault> faults = new ArrayList<>();
        for (Fault.Break broken : List.of(Fault.Break.HANG_REPLIES, Fault.Break.HANG_REQUESTS, Fault.Break.REJECT)) {
            faults.add(new Fault.AtOnce(nodes.stream()
                    .filter(node -> node.role() == Node.Role.INGEST)
                    .map(node -> connection(node, Fault.Way.NODE_TO_REDIS, broken, random))
                    .toList()));
        }
        for (Fault.Blow blow : List.of(
                Fault.Blow.KILL,
                Fault.Blow.PAUSE,
                Fault.Blow.PAUSE_CLIENTS,
                Fault.Blow.OUT_OF_MEMORY,
                Fault.Blow.TERMINATE)) {
            faults.add(new Fault.OfRedis(blow));
        }
        Collections.shuffle(faults, random);
        return faults;
    }

    private static Node pick(Node.Role role, List<Node> nodes, Random random) {
        List<Node> those = nodes.stream().filter(node -> node.role() == role).toList();
        return those.get(random.nextInt(those.size()));
    }

    private static Fault connection(Node node, Fault.Way way, Fault.Break broken, Random random) {
        int size = broken == Fault.Break.DELAY ? 50 + random.nextInt(1_950) : 1 + random.nextInt(200);
        return new Fault.OfConnection(node.name(), node.role(), way, broken, size);
    }

    private static Duration lasts(Fault fault, Random random) {
        return switch (fault) {
            case Fault.OfNode(var node, var role, Fault.Signal signal) ->
                signal == Fault.Signal.PAUSE ? between(2_000, 5_000, random) : between(0, 1_000, random);
            case Fault.OfRedis(Fault.Blow blow) ->
                switch (blow) {
                    case KILL, TERMINATE, KILL_DURING_REWRITE -> between(0, 1_000, random);
                    case PAUSE, PAUSE_CLIENTS, OUT_OF_MEMORY -> between(500, 3_500, random);
                    case FLUSH_SCRIPTS, KILL_CLIENTS -> Duration.ZERO;
                };
            case Fault.OfConnection(var node, var role, var way, Fault.Break broken, var size) ->
                switch (broken) {
                    case CUT_BEFORE_REQUEST, CUT_BEFORE_REPLY, CUT_IN_REPLY -> between(200, 1_500, random);
                    case DELAY, HANG_REQUESTS, HANG_REPLIES -> between(500, 4_000, random);
                    case REJECT -> between(500, 2_500, random);
                };
            case Fault.AtOnce several -> lasts(several.faults().getFirst(), random);
        };
    }

    private static Duration between(int fromMillis, int toMillis, Random random) {
        return Duration.ofMillis(random.nextInt(fromMillis, toMillis));
    }
}
