package dev.streamgauge.core.entry;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.snapshot.MetricType;

/**
 * What a fold costs Redis, in units of one counter: nearly a microsecond. A fold reads and writes each series of its
 * batch once, regardless of the number of samples.
 *
 * <p>The fold script counts the same units, and besides them what is stored, which only it knows: it copies a summary's
 * stored sketches, however few values are added to them. All factors are measured, see {@code make bench-calls}.
 */
public final class FoldUnits {

    /**
     * Maximum units of a call that folds several entries. Beyond, the fold script answers that the batch must be split.
     * An entry that {@link EntryWriter} writes fits, whatever is stored, unless it has only one sample.
     */
    public static final int MAX_PER_CALL = 2_500;

    /** Units of checking and acknowledging an entry. */
    static final int OF_ENTRY = 3;

    /** Units of copying the largest stored sketches: all bins of both signs in all slots of the window. */
    static final int OF_FULL_SKETCHES = 820;

    /** Units of a summary besides its values and sketches. */
    private static final int OF_SUMMARY = 4;

    /** Units of a value of a summary, which may need a bin of its own. */
    private static final int OF_SUMMARY_VALUE = 2;

    private static final int BUCKETS_PER_UNIT = 6;
    private static final int LABEL_BYTES_PER_UNIT = 300;

    private FoldUnits() {}

    /** Units of a series, without its labels, and without the values of a summary. */
    public static int ofSeries(MetricType type, BucketLayout layout) {
        return switch (type) {
            case COUNTER, GAUGE -> 1;
            case HISTOGRAM -> 1 + Math.ceilDiv(layout.bucketCount(), BUCKETS_PER_UNIT);
            case SUMMARY -> OF_SUMMARY;
        };
    }

    /** Units of so many values of a summary. */
    public static int ofSummaryValues(int values) {
        return OF_SUMMARY_VALUE * values;
    }

    /** Units of canonical labels of that length in all. */
    public static int ofLabels(long bytes) {
        return (int) (bytes / LABEL_BYTES_PER_UNIT);
    }
}
