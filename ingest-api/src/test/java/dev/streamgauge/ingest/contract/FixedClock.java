package dev.streamgauge.ingest.contract;

import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;

/** The clock of the application under test, so that case files can say what is too far ahead of it. */
@Alternative
@Priority(1)
@Singleton
public class FixedClock implements InstantSource {

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(1_763_700_000_000L);
    }
}
