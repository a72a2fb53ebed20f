package dev.streamgauge.ingest.protocol;

/** Says where in the body a sample stands, in the terms of what was sent. */
@FunctionalInterface
public interface SamplePlaces {

    /** What to append to a message about the sample with that index, from 0; empty if there is only one. */
    String of(int index);
}
