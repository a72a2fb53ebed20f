package dev.streamgauge.core.exposition;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Numbers as the text format wants them: integers up to 2^53 in plain digits, everything else as the shortest decimal
 * that reads back to the same double ({@link Double#toString}, exact since Java 19), with Go's exponent.
 */
final class NumberText {

    private static final double MAX_PLAIN_INTEGER = 0x1p53;

    private NumberText() {}

    static String of(double value) {
        if (value == Math.rint(value) && Math.abs(value) <= MAX_PLAIN_INTEGER) {
            return Long.toString((long) value);
        }
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        String text = Double.toString(value);
        int exponent = text.indexOf('E');
        if (exponent < 0) {
            return text;
        }
        String mantissa = text.substring(0, exponent);
        int power = Integer.parseInt(text, exponent + 1, text.length(), 10);
        return String.format(
                Locale.ROOT,
                "%se%s%02d",
                mantissa.endsWith(".0") ? mantissa.substring(0, mantissa.length() - 2) : mantissa,
                power < 0 ? "-" : "+",
                Math.abs(power));
    }

    static byte[] bytesOf(double value) {
        return of(value).getBytes(StandardCharsets.US_ASCII);
    }
}
