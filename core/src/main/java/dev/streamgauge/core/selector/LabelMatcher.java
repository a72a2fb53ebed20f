package dev.streamgauge.core.selector;

import com.google.re2j.Pattern;

/** Compares one label's value; a label that is not there has the empty one. */
sealed interface LabelMatcher {

    /** The label, or {@link SeriesSelector#NAME} for the name of the family. */
    String label();

    boolean matches(String value);

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

    /** {@code label=~"regex"}, of which the whole value must be a match. */
    record Regex(String label, Pattern regex) implements LabelMatcher {
        @Override
        public boolean matches(String other) {
            return regex.matches(other);
        }
    }

    /** {@code label!~"regex"} */
    record NotRegex(String label, Pattern regex) implements LabelMatcher {
        @Override
        public boolean matches(String other) {
            return !regex.matches(other);
        }
    }
}
