/**
 * Inputs against promises: each {@code *Fuzz} class takes any bytes, and fails where a promise about them is broken.
 *
 * <p>{@code make chaos} lets Jazzer look for such bytes ({@link dev.streamgauge.ingest.fuzz.FuzzTest});
 * {@code make test} replays those that are kept ({@link dev.streamgauge.ingest.fuzz.KeptInputsTest}). Read
 * {@link dev.streamgauge.ingest.fuzz.FuzzTarget} first.
 */
@NullMarked
package dev.streamgauge.ingest.fuzz;

import org.jspecify.annotations.NullMarked;
