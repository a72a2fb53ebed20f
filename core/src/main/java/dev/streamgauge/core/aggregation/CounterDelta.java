package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.distribution.DoubleDouble;
import java.nio.ByteBuffer;

/** Counter: increments add. Packed: f64 high part of the compensated sum, f64 low part. */
public final class CounterDelta implements SeriesDelta {

    private final DoubleDouble sum;

    public CounterDelta() {
        this(new DoubleDouble());
    }

    private CounterDelta(DoubleDouble sum) {
        this.sum = sum;
    }

    static CounterDelta unpack(ByteBuffer in) {
        DoubleDouble sum = DoubleDouble.unpack(in);
        if (sum.value() < 0) {
            throw new IllegalArgumentException("series value: a counter below 0");
        }
        return new CounterDelta(sum);
    }

    /** Adds an increment, finite and not negative. */
    public void add(double increment) {
        sum.add(increment);
    }

    @Override
    public void merge(SeriesDelta other) {
        if (!(other instanceof CounterDelta counter)) {
            throw new IllegalArgumentException("a counter merges with a counter only");
        }
        sum.add(counter.sum);
    }

    /** The total. */
    public double value() {
        return sum.value();
    }

    @Override
    public int packedLength() {
        return 2 * Double.BYTES;
    }

    @Override
    public void pack(ByteBuffer out) {
        out.putDouble(sum.high()).putDouble(sum.low());
    }
}
