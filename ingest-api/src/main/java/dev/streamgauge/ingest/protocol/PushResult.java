package dev.streamgauge.ingest.protocol;

import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.validation.Sample;
import java.util.List;

/**
 * How a push ended: which samples were stored, which were rejected, and why. Its samples are counted once, when it is
 * complete.
 */
public sealed interface PushResult {

    /**
     * At least one sample was stored, or none was sent.
     *
     * @param accepted samples stored
     * @param rejected samples rejected, by their index
     */
    record Stored(List<Sample> accepted, List<SampleRejection> rejected) implements PushResult {}

    /**
     * The idempotency key was used before, with the same body. The samples were counted then.
     *
     * @param first what is kept of the first answer
     */
    record Replayed(KeptAnswer first) implements PushResult {}

    /**
     * No sample could be accepted, and nothing was stored.
     *
     * @param rejected samples rejected, by their index; at least one
     * @param isCharged whether the tenant was charged for them by a call to Redis
     */
    record AllRejected(List<SampleRejection> rejected, boolean isCharged) implements PushResult {}

    /**
     * The request was rejected as a whole, and nothing was stored.
     *
     * @param rejection why
     * @param rejected samples that were rejected by themselves before, by their index
     * @param others number of the other samples, as far as known
     */
    record RequestRejected(RequestRejection rejection, List<SampleRejection> rejected, int others)
            implements PushResult {}
}
