package dev.streamgauge.benchmarks.sidebyside;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is run, from the command line.
 *
 * @param only names of the rows; empty for all
 * @param rounds of each arm
 * @param round how long an arm is pushed to in a round
 * @param warmUp how long each arm is pushed to before the first round, at most
 * @param otherCores how many cores other programs may use during a round that counts
 * @param recordings where flight recordings of our JVMs go, if they are to be made
 * @param plots where the plots go, if they are to be drawn
 * @param isList whether only the rows' names are asked for
 */
record Options(
        Set<String> only,
        int rounds,
        Duration round,
        Duration warmUp,
        double otherCores,
        @Nullable Path recordings,
        @Nullable Path plots,
        boolean isList) {

    static final String USAGE = """
            --only ROW,ROW        these rows; --list names them
            --quick               short rounds, for a first look
            --rounds N            of each system (5)
            --seconds N           of a round (5)
            --warm-up N           at most so many seconds before the first round (60)
            --other-cores X       cores that other programs may use in a round that counts (0.3)
            --record DIR          a flight recording of each of our JVMs in the rounds
            --plots               draws the plots into src/docs/explanation
            """;

    /**
     * Reads the words of a command line.
     *
     * @throws IllegalArgumentException with the word that it does not know
     */
    static Options parse(String[] words) {
        Set<String> only = new TreeSet<>();
        int rounds = 5;
        double seconds = 5;
        double warmUp = 60;
        double otherCores = 0.3;
        Path recordings = null;
        Path plots = null;
        boolean isList = false;
        Iterator<String> left = Arrays.asList(words).iterator();
        while (left.hasNext()) {
            String word = left.next();
            switch (word) {
                case "--only" -> only.addAll(Arrays.asList(left.next().split(",")));
                case "--quick" -> {
                    rounds = 2;
                    seconds = 2;
                    warmUp = 20;
                }
                case "--rounds" -> rounds = Integer.parseInt(left.next());
                case "--seconds" -> seconds = Double.parseDouble(left.next());
                case "--warm-up" -> warmUp = Double.parseDouble(left.next());
                case "--other-cores" -> otherCores = Double.parseDouble(left.next());
                case "--record" -> recordings = Path.of(left.next());
                case "--plots" -> plots = Path.of("src", "docs", "explanation");
                case "--list" -> isList = true;
                default -> throw new IllegalArgumentException("unknown: " + word + "\n" + USAGE);
            }
        }
        return new Options(only, rounds, ofSeconds(seconds), ofSeconds(warmUp), otherCores, recordings, plots, isList);
    }

    private static Duration ofSeconds(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
