package dev.streamgauge.core.exposition;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.SeriesSnapshot;

/**
 * Writes an exposition, family by family, in one format. It sees immutable snapshots, never live state.
 *
 * <p>A family without series is left out: whatever introduces it is written with its first series. The caller takes the
 * written bytes from time to time, so that memory stays bounded. Not thread-safe.
 */
public interface ExpositionWriter {

    /** Begins a family. */
    void beginFamily(Family family);

    /**
     * Writes one series of the family begun.
     *
     * @param labels without the label that the family's kind reserves; as text, or as pairs by
     *     {@link CanonicalLabels#findLabels}
     * @throws IllegalStateException if no family was begun
     */
    void writeSeries(CanonicalLabels labels, SeriesSnapshot series);

    /** Writes what ends the exposition. Called once, at last. */
    void end();

    /** Bytes written and not yet taken. */
    int size();

    /** What was written since the last call. */
    byte[] take();
}
