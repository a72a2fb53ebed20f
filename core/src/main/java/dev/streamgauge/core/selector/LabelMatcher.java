package dev.streamgauge.core.selector;

import com.google.re2j.Pattern;

/** Compares the value of one label; a missing label has the empty value. */
sealed interface LabelMatcher {

    /** The label, or {@link SeriesSelector#NAME} for the name of the family. */
    String label();

    boolean matches(String value);

    /** Steps that comparing one character may take. */
    default int size() {
        return 1;
    }

    /** {@code label="value"} */
    record Equal(String label, String value) implements LabelMatcher {
        @Override
        public boolean matches(String other) {
            return other.equals(value);
        }
    }

    /** {@code label!="value"} */
    record NotEqual(String label, String value) implements LabelMatcher {
        @Override
        public boolean matches(String other) {
            return !other.equals(value);
        }
    }

    /** {@code label=~"regex"}; the expression must match the whole value. */
    record Regex(String label, Pattern regex) implements LabelMatcher {
        @Override
        public boolean matches(String other) {
            return regex.matches(other);
        }

        @Override
        public int size() {
            return regex.programSize();
        }
    }

    /** {@code label!~"regex"} */
    record NotRegex(String label, Pattern regex) implements LabelMatcher {
        @Override
        public boolean matches(String other) {
            return !regex.matches(other);
        }

        @Override
        public int size() {
            return regex.programSize();
        }
    }
}
