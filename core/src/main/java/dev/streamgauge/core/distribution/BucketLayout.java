package dev.streamgauge.core.distribution;

import java.util.Arrays;
import java.util.Optional;

/**
 * The upper bounds of a histogram's buckets: finite, strictly ascending; the last bucket, {@code +Inf}, is implied. A
 * value falls into the first bucket whose bound is not below it ({@code le}).
 */
public final class BucketLayout {

    /** Prometheus' default bounds, in seconds (client_golang {@code DefBuckets}). */
    public static final BucketLayout DEFAULT =
            new BucketLayout(new double[] {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10});

    private final double[] bounds;

    private BucketLayout(double[] bounds) {
        this.bounds = bounds;
    }

    /** The layout with these bounds, or empty if they are not finite and strictly ascending. */
    public static Optional<BucketLayout> of(double... bounds) {
        for (int i = 0; i < bounds.length; i++) {
            if (!Double.isFinite(bounds[i]) || (i > 0 && bounds[i] <= bounds[i - 1])) {
                return Optional.empty();
            }
        }
        double[] copy = bounds.clone();
        for (int i = 0; i < copy.length; i++) {
            copy[i] += 0.0; // -0.0 and 0.0 are one bound and must render alike
        }
        return Optional.of(new BucketLayout(copy));
    }

    /** Number of buckets, {@code +Inf} included. */
    public int bucketCount() {
        return bounds.length + 1;
    }

    /** Number of finite bounds. */
    public int boundCount() {
        return bounds.length;
    }

    /** Upper bound of a bucket; infinite for the last. */
    public double bound(int bucket) {
        return bucket == bounds.length ? Double.POSITIVE_INFINITY : bounds[bucket];
    }

    /** The bucket that a finite value falls into, from 0. */
    public int bucketOf(double value) {
        int position = Arrays.binarySearch(bounds, value + 0.0);
        return position >= 0 ? position : -position - 1;
    }

    /**
     * Counts per bucket of {@code source} put into this layout, or empty if that cannot be done exactly: every bound of
     * this layout must be one of the source's.
     */
    public Optional<long[]> rebucket(BucketLayout source, long[] counts) {
        if (equals(source)) {
            return Optional.of(counts.clone());
        }
        long[] merged = new long[bucketCount()];
        int target = 0;
        for (int i = 0; i < source.bounds.length; i++) {
            merged[target] += counts[i];
            if (target < bounds.length && source.bounds[i] == bounds[target]) {
                target++;
            }
        }
        if (target < bounds.length) {
            return Optional.empty();
        }
        merged[target] += counts[source.bounds.length];
        return Optional.of(merged);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BucketLayout layout && Arrays.equals(bounds, layout.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        return Arrays.toString(bounds);
    }
}
