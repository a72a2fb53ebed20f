package dev.streamgauge.ingest.protocol;

import java.util.List;

/** Ends the processing of a request that is rejected as a whole; becomes its result. */
public final class PushRejectedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient RequestRejection rejection;
    private final int samples;

    /** Rejects a request before any sample has been read. */
    public PushRejectedException(RequestRejection rejection) {
        this(rejection, 0);
    }

    /** Rejects a request that has at least that many samples. */
    public PushRejectedException(RequestRejection rejection, int samples) {
        super(rejection.detail(), null, false, false);
        this.rejection = rejection;
        this.samples = samples;
    }

    public RequestRejection rejection() {
        return rejection;
    }

    /** How the push ends. */
    public PushResult result() {
        return new PushResult.RequestRejected(rejection, List.of(), samples);
    }
}
