package dev.streamgauge.aggregator.fold.batch;

/** Another consumer has taken over part of the batch: drop all batches, and read the entries still pending here. */
public final class StaleBatchException extends Exception {

    private static final long serialVersionUID = 1L;

    StaleBatchException() {
        super("stale batch", null, false, false);
    }
}
