package dev.streamgauge.core.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that a misspelled one was meant to be. */
public final class Spelling {

    /** A name with more than a third of it wrong is another name. */
    private static final int MAX_PART = 3;

    private Spelling() {}

    /** The name that differs least, regardless of case; empty if none is similar. */
    public static Optional<String> nearest(String misspelled, Collection<String> names) {
        String text = misspelled.toLowerCase(Locale.ROOT);
        return names.stream()
                .filter(name -> Math.abs(name.length() - text.length()) <= mostEdits(name))
                .map(name -> new Candidate(name, distance(text, name.toLowerCase(Locale.ROOT))))
                .filter(candidate -> candidate.distance <= mostEdits(candidate.name))
                .min(Comparator.comparingInt(Candidate::distance))
                .map(Candidate::name);
    }

    private record Candidate(String name, int distance) {}

    private static int mostEdits(String name) {
        return Math.max(1, name.length() / MAX_PART);
    }

    /**
     * The least number of characters to insert, delete, replace, or swap with the next one that turns one text into the
     * other (optimal string alignment).
     */
    static int distance(String one, String other) {
        int[][] distances = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    distances[i][j] = i + j;
                    continue;
                }
                int replaced = distances[i - 1][j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                int least = Math.min(replaced, 1 + Math.min(distances[i - 1][j], distances[i][j - 1]));
                boolean isSwapped = i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1);
                distances[i][j] = isSwapped ? Math.min(least, distances[i - 2][j - 2] + 1) : least;
            }
        }
        return distances[one.length()][other.length()];
    }
}
