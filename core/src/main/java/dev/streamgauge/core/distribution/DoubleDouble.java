package dev.streamgauge.core.distribution;

import java.nio.ByteBuffer;

/**
 * A compensated running sum: an unevaluated pair of doubles, a high and a low part ("double-double").
 *
 * <p>A plain double loses increments once the sum is large (2^53 + 1 = 2^53: a stuck counter), and its value depends on
 * the order of addition. The pair keeps about 106 bits: integers and dyadic fractions are exact far beyond 2^53, and
 * any order of addition gives the same rounded value. Additions use Knuth's two-sum and Dekker's renormalization (T. J.
 * Dekker, "A floating-point technique for extending the available precision", 1971). The fold script performs the same
 * steps in Lua.
 *
 * <p>A sum that leaves the range of doubles stays at the greatest finite value of its sign; the fold script counts it.
 */
public final class DoubleDouble {

    private double high;
    private double low;

    public DoubleDouble() {}

    private DoubleDouble(double high, double low) {
        this.high = high;
        this.low = low;
    }

    /**
     * Reads a sum's two parts at the buffer's position.
     *
     * @throws IllegalArgumentException if their sum is not finite
     */
    public static DoubleDouble unpack(ByteBuffer in) {
        DoubleDouble sum = new DoubleDouble(in.getDouble(), in.getDouble());
        if (!Double.isFinite(sum.value())) {
            throw new IllegalArgumentException("series value: a sum that is not finite");
        }
        return sum;
    }

    /** Adds a finite value. */
    public void add(double value) {
        add(value, 0);
    }

    /** Adds another sum. */
    public void add(DoubleDouble other) {
        add(other.high, other.low);
    }

    private void add(double otherHigh, double otherLow) {
        double sum = high + otherHigh;
        if (Double.isInfinite(sum)) {
            high = Math.copySign(Double.MAX_VALUE, sum);
            low = 0;
            return;
        }
        double highError = error(high, otherHigh, sum);
        double lowSum = low + otherLow;
        double lowError = error(low, otherLow, lowSum);
        double rest = highError + lowSum;
        double once = sum + rest;
        double onceRest = rest - (once - sum) + lowError;
        high = once + onceRest;
        low = onceRest - (high - once);
        if (!Double.isFinite(high)) {
            high = Math.copySign(Double.MAX_VALUE, sum);
            low = 0;
        }
    }

    private static double error(double a, double b, double sum) {
        double partOfB = sum - a;
        return (a - (sum - partOfB)) + (b - partOfB);
    }

    /** The sum, rounded once. */
    public double value() {
        return high + low;
    }

    /** The high part. */
    public double high() {
        return high;
    }

    /** The low part. */
    public double low() {
        return low;
    }
}
