package dev.streamgauge.core.selector;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The series that all of its matchers match, such as {@code orders_total{country="NL",shop=~"a.*"}}. The name is that
 * of the family: a histogram is one series here, whatever its buckets are called in a scrape.
 *
 * @param onName matchers of the family's name
 * @param onLabels matchers of labels
 */
public record SeriesSelector(List<LabelMatcher> onName, List<LabelMatcher> onLabels) {

    /** The label that stands for the family's name. */
    static final String NAME = "__name__";

    public SeriesSelector {
        onName = List.copyOf(onName);
        onLabels = List.copyOf(onLabels);
    }

    /**
     * Reads a selector. Besides Prometheus' own rules, expressions are bounded in length and size.
     *
     * @throws MalformedSelectorException if the text is not a selector, or the selector would select everything by
     *     accident: as in Prometheus, one matcher must not match the empty value
     */
    public static SeriesSelector parse(String text) throws MalformedSelectorException {
        return new SelectorParser(text).parse();
    }

    /** Steps that comparing a series may take for each character of its labels. */
    int size() {
        return Stream.concat(onName.stream(), onLabels.stream())
                .mapToInt(LabelMatcher::size)
                .sum();
    }

    boolean matchesName(String family) {
        return onName.stream().allMatch(matcher -> matcher.matches(family));
    }

    /** Whether it takes all series of a family whose name it matches. */
    boolean takesWholeFamilies() {
        return onLabels.isEmpty();
    }

    boolean matchesLabels(Map<String, String> labels) {
        for (LabelMatcher matcher : onLabels) {
            if (!matcher.matches(labels.getOrDefault(matcher.label(), ""))) {
                return false;
            }
        }
        return true;
    }
}
