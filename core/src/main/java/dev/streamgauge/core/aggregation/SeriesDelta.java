package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.snapshot.SeriesSnapshot;
import dev.streamgauge.core.stream.ByteSource;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * What a batch of samples adds to one series: live state of one aggregator, merged in memory, then packed and folded
 * into the registry by the fold script.
 *
 * <p>Merging is commutative and associative, and a new delta is its identity, so any aggregator may fold any entry in
 * any order. The packed form is also the body of a {@link dev.streamgauge.core.registry.StoredSeries}; all numbers are
 * big-endian. Not thread-safe.
 */
public interface SeriesDelta {

    /**
     * Adds a sample of an entry, as {@link Aggregation#writeSample} wrote it at the source's position. Returns the units
     * of {@link Aggregation#sampleUnits}.
     *
     * @param entry the entry's position in the stream
     * @throws MalformedEntryException if it wrote no such sample; discard the delta then
     */
    int addSample(ByteSource in, EntryId entry) throws MalformedEntryException;

    /**
     * Adds the other delta, which is not changed.
     *
     * @throws IllegalArgumentException if its kind or layout differs
     */
    void merge(SeriesDelta other);

    /** Length of {@link #pack} in bytes. */
    int packedLength();

    /** Writes the packed form at the buffer's position. */
    void pack(ByteBuffer out);

    /** The packed form, and what else the fold script must know of the delta. */
    default byte[] packedForFold() {
        return packed();
    }

    /** The packed form. */
    default byte[] packed() {
        ByteBuffer out = ByteBuffer.allocate(packedLength());
        pack(out);
        return out.array();
    }

    /**
     * What a scrape shows if everything ever folded is this. The snapshot may share arrays with this delta, which must
     * not change any more.
     *
     * @param nowMillis Unix time at which windows end
     */
    SeriesSnapshot snapshot(Instant created, long nowMillis);

    /** As {@link #snapshot}, but whatever only grows is at 0: what a scrape shows of a series that is new. */
    SeriesSnapshot snapshotAtZero(Instant created, long nowMillis);
}
