package dev.streamgauge.core.exposition;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;

/**
 * Numbers as Prometheus' Go client writes them, with {@code strconv.FormatFloat(value, 'g', -1, 64)}: the shortest
 * decimal that reads back to the same double, with an exponent below 10^-4 and from 10^6 on. Prometheus 2 compares
 * {@code le} as text. Negative zero is written as 0.
 */
final class NumberText {

    /** With a decimal exponent from this to {@link #MAX_PLAIN_EXPONENT}, Go writes plain digits. */
    private static final int LEAST_PLAIN_EXPONENT = -4;

    private static final int MAX_PLAIN_EXPONENT = 5;
    private static final double MAX_PLAIN_INTEGER = 999_999;

    /** Below it, a {@code long} has all digits of a whole number. */
    private static final double MAX_EXACT_INTEGER = 0x1p53;

    /** From it on, {@link Double#toString} writes fractions in plain digits, as Go does. */
    private static final double LEAST_PLAIN_IN_JAVA = 1e-3;

    /** Below it, {@link Double#toString} may give two digits where one is enough. */
    private static final double LEAST_SHORT_IN_JAVA = 1e-321;

    private NumberText() {}

    static String of(double value) {
        if (value == Math.rint(value) && Math.abs(value) <= MAX_PLAIN_INTEGER) {
            return Integer.toString((int) value);
        }
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        double magnitude = Math.abs(value);
        if (magnitude >= LEAST_PLAIN_IN_JAVA && magnitude < MAX_PLAIN_INTEGER && value != Math.rint(value)) {
            return Double.toString(value);
        }
        StringBuilder text = new StringBuilder(24);
        if (value < 0) {
            text.append('-');
        }
        if (magnitude == Math.rint(magnitude) && magnitude < MAX_EXACT_INTEGER) {
            String digits = Long.toString((long) magnitude);
            appendScientific(text, withoutTrailingZeros(digits), digits.length() - 1);
            return text.toString();
        }
        BigDecimal decimal = shortest(magnitude);
        String digits = decimal.unscaledValue().toString();
        int exponent = digits.length() - 1 - decimal.scale();
        if (exponent < LEAST_PLAIN_EXPONENT || exponent > MAX_PLAIN_EXPONENT) {
            appendScientific(text, digits, exponent);
        } else {
            appendPlain(text, digits, exponent);
        }
        return text.toString();
    }

    static byte[] bytesOf(double value) {
        return of(value).getBytes(StandardCharsets.US_ASCII);
    }

    private static String withoutTrailingZeros(String digits) {
        int end = digits.length();
        while (end > 1 && digits.charAt(end - 1) == '0') {
            end--;
        }
        return digits.substring(0, end);
    }

    /** The shortest decimal that reads back to a value above 0, without trailing zeros. */
    private static BigDecimal shortest(double value) {
        BigDecimal decimal = new BigDecimal(Double.toString(value));
        if (value < LEAST_SHORT_IN_JAVA) {
            BigDecimal shorter = decimal.round(new MathContext(1));
            if (shorter.doubleValue() == value) {
                decimal = shorter;
            }
        }
        return decimal.stripTrailingZeros();
    }

    private static void appendScientific(StringBuilder text, String digits, int exponent) {
        text.append(digits.charAt(0));
        if (digits.length() > 1) {
            text.append('.').append(digits, 1, digits.length());
        }
        text.append(exponent < 0 ? "e-" : "e+");
        int magnitude = Math.abs(exponent);
        if (magnitude < 10) {
            text.append('0');
        }
        text.append(magnitude);
    }

    /** Appends digits of a number that is not whole, so that the point is among them or before them. */
    private static void appendPlain(StringBuilder text, String digits, int exponent) {
        if (exponent < 0) {
            text.append("0.").repeat('0', -exponent - 1).append(digits);
        } else {
            text.append(digits, 0, exponent + 1).append('.').append(digits, exponent + 1, digits.length());
        }
    }
}
