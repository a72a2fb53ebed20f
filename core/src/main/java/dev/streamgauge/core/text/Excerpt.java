package dev.streamgauge.core.text;

/** A sender's text as a message may quote it: cut, and without anything that could break a log line. */
public final class Excerpt {

    /** Characters of a sender's text that a message quotes at most. */
    public static final int MAX_LENGTH = 64;

    private Excerpt() {}

    /** The beginning of a text, with an ellipsis if there is more. */
    public static String of(String text) {
        String cut = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text;
        StringBuilder shown = new StringBuilder(cut.length());
        cut.codePoints()
                .map(point -> Character.isISOControl(point) || isSurrogate(point) ? '?' : point)
                .forEach(shown::appendCodePoint);
        return shown.toString();
    }

    /** Likewise, in quotation marks. */
    public static String quoted(String text) {
        return "'" + of(text) + "'";
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
