package dev.streamgauge.ingest.json;

import java.nio.charset.StandardCharsets;

/** Converts decimal numbers, whose syntax was checked, to the nearest double. */
final class Decimals {

    /** Any number with so many digits fits into a long. */
    private static final int MAX_DIGITS = 18;

    /** Up to here each integer, and each power of ten with that exponent, is a double of its own (Clinger 1990). */
    private static final long MAX_EXACT_INTEGER = 1L << 53;

    private static final double[] POWERS_OF_TEN = {
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };

    private Decimals() {}

    /** Converts any number. */
    static double parse(byte[] text, int from, int to) {
        return Double.parseDouble(new String(text, from, to - from, StandardCharsets.US_ASCII));
    }

    /**
     * Converts a number without an exponent: the digits without the point, divided by a power of ten, which rounds once
     * if both are exact.
     *
     * @param decimals how many digits follow the point; 0 if there is no point
     */
    static double parsePlain(byte[] text, int from, int to, int decimals) {
        boolean isNegative = text[from] == '-';
        int first = isNegative ? from + 1 : from;
        if (to - first > MAX_DIGITS) {
            return parse(text, from, to);
        }
        long digits = 0;
        for (int place = first; place < to; place++) {
            if (text[place] != '.') {
                digits = digits * 10 + text[place] - '0';
            }
        }
        if (digits > MAX_EXACT_INTEGER) {
            return parse(text, from, to);
        }
        double magnitude = digits / POWERS_OF_TEN[decimals];
        return isNegative ? -magnitude : magnitude;
    }
}
