package dev.streamgauge.core.entry;

/**
 * What a fold costs Redis, in units of one counter: nearly a microsecond. A fold reads and writes each series of its
 * batch once, regardless of the number of samples.
 *
 * <p>What a series and its samples cost is its kind's to say. The fold script counts the same units, and besides them
 * what is stored, which only it knows: it copies a summary's stored sketches, however few values are added to them. All
 * factors are measured, see {@code make bench-calls}.
 */
public final class FoldUnits {

    /**
     * Maximum units of a call that folds several entries. Beyond, the fold script answers that the batch must be split.
     * An entry that {@link EntryWriter} writes fits, whatever is stored, unless it has only one sample.
     */
    public static final int MAX_PER_CALL = 2_500;

    /** Units of checking and acknowledging an entry. */
    static final int OF_ENTRY = 3;

    private static final int LABEL_BYTES_PER_UNIT = 300;

    private FoldUnits() {}

    /** Units of canonical labels of that length in all. */
    public static int ofLabels(long bytes) {
        return (int) (bytes / LABEL_BYTES_PER_UNIT);
    }
}
