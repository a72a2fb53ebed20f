package dev.streamgauge.standalone.docs;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Expressions of Prometheus' query language, as far as their metrics are concerned. */
public final class PromQl {

    /** Between quotes; first of all, since a text may hold a brace. */
    private static final Pattern TEXT = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");

    /** Matchers, ranges, lists of labels, words and numbers. */
    private static final Pattern NO_METRIC = Pattern.compile("\\{[^}]*}|\\[[^]]*]"
            + "|\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)"
            + "|\\b(?:and|or|unless|bool|offset|group_left|group_right)\\b"
            + "|\\b[0-9]\\w*");

    private static final Pattern FUNCTION = Pattern.compile("\\b\\w+\\s*(?=\\()");

    private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");

    private PromQl() {}

    /** The metrics that an expression names. */
    public static Set<String> metrics(String expression) {
        String bare = NO_METRIC.matcher(TEXT.matcher(expression).replaceAll("")).replaceAll(" ");
        Matcher name = NAME.matcher(FUNCTION.matcher(bare).replaceAll(" "));
        Set<String> metrics = new TreeSet<>();
        while (name.find()) {
            metrics.add(name.group());
        }
        return metrics;
    }
}
