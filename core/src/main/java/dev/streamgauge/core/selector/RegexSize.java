package dev.streamgauge.core.selector;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large an expression gets once its repetitions are written out, which is what compiling it does:
 * {@code ((a{1000}){1000}){1000}} would fill the memory. The size is found without compiling, and never too low; an
 * invalid expression is left to the compiler to report.
 */
final class RegexSize {

    /** Deeper groups would overflow the compiler's stack. */
    static final int MAX_DEPTH = 100;

    /** Stands for any larger size. */
    static final long TOO_LARGE = Long.MAX_VALUE / 1_000_000;

    /** How many times too high the bound may be for a realistic expression. */
    static final int LEEWAY = 10;

    private static final int MAX_REPETITIONS = 1_000; // the compiler rejects more

    private static final int SIZE_OF_GROUP = 3; // its two ends, and a jump

    private static final Pattern BOUNDS = Pattern.compile("([0-9]+)(?:,([0-9]*))?");

    private final String regex;
    private int position;

    private RegexSize(String regex) {
        this.regex = regex;
    }

    /** Upper bound of the number of instructions, at most {@link #TOO_LARGE}. */
    static long of(String regex) {
        return new RegexSize(regex).sequence(0);
    }

    /** The size of what stands up to the end of the group, or of the text. */
    private long sequence(int depth) {
        if (depth > MAX_DEPTH) {
            return TOO_LARGE;
        }
        long size = 3; // a beginning, an end, and something between them
        long last = 0; // what a repetition would repeat
        while (position < regex.length()) {
            char next = regex.charAt(position++);
            switch (next) {
                case ')' -> {
                    if (depth > 0) {
                        return size;
                    }
                    last = 1;
                    size = sum(size, last);
                }
                case '(' -> {
                    last = sum(sequence(depth + 1), SIZE_OF_GROUP);
                    size = sum(size, last);
                }
                case '{' -> {
                    long repeated = last * repetitions(); // last is at most TOO_LARGE, and 1,000 times that still fits
                    last = Math.min(Math.max(last + 1, repeated), TOO_LARGE);
                    size = sum(size, last);
                }
                case '*', '+', '?', '|' -> {
                    last = sum(last, 1);
                    size = sum(size, 2);
                }
                default -> {
                    last = next == '\\' ? escape() : 1;
                    if (next == '[') {
                        skipClass();
                    }
                    size = sum(size, last);
                }
            }
        }
        return size;
    }

    /** The instructions that a repetition {@code {n}}, {@code {n,}} or {@code {n,m}} makes of one, if it is one. */
    private long repetitions() {
        int end = regex.indexOf('}', position);
        if (end < 0 || end - position > "1000,1000".length()) {
            return 1;
        }
        Matcher bounds = BOUNDS.matcher(regex.substring(position, end));
        if (!bounds.matches()) {
            return 1;
        }
        position = end + 1;
        String upper = bounds.group(2);
        long lower = Long.parseLong(bounds.group(1));
        long most = upper == null || upper.isEmpty() ? lower : Math.max(lower, Long.parseLong(upper));
        return 2 * (Math.min(most, MAX_REPETITIONS) + 1); // optional ones need a jump each
    }

    private long escape() {
        if (position < regex.length() && regex.charAt(position) == 'Q') {
            int end = regex.indexOf("\\E", position);
            int quoted = (end < 0 ? regex.length() : end) - position;
            position = end < 0 ? regex.length() : end + 2;
            return quoted;
        }
        position++;
        return 1;
    }

    /** Goes behind a class exactly where the compiler does: what it took for a class here would not be counted. */
    private void skipClass() {
        if (position < regex.length() && regex.charAt(position) == '^') {
            position++;
        }
        boolean isFirst = true; // and so belongs to the class, even if it is a bracket
        while (position < regex.length() && (isFirst || regex.charAt(position) != ']')) {
            isFirst = false;
            int endOfName = regex.startsWith("[:", position) ? regex.indexOf(":]", position + 2) : -1;
            if (endOfName >= 0) {
                position = endOfName + 2;
            } else if (isSetOfCharacters()) {
                position += 2;
                skipNameOfSet();
            } else {
                skipCharacter();
                if (regex.startsWith("-", position) && !regex.startsWith("-]", position)) {
                    position++;
                    skipCharacter(); // a range ends with it, even if it is a bracket
                }
            }
        }
        position++;
    }

    /** Whether an escape stands here that cannot begin a range. */
    private boolean isSetOfCharacters() {
        return regex.startsWith("\\", position)
                && position + 1 < regex.length()
                && "dDsSwWpP".indexOf(regex.charAt(position + 1)) >= 0;
    }

    private void skipNameOfSet() {
        if ("pP".indexOf(regex.charAt(position - 1)) >= 0) {
            int end = regex.startsWith("{", position) ? regex.indexOf('}', position) : position;
            position = end < 0 ? regex.length() : end + 1;
        }
    }

    private void skipCharacter() {
        position += regex.startsWith("\\", position) ? 2 : 1;
    }

    private static long sum(long size, long other) {
        return Math.min(size + other, TOO_LARGE);
    }
}
