package dev.streamgauge.redis.admission;

import java.time.Duration;
import java.util.Optional;

/**
 * Terms that apply to all tenants.
 *
 * @param maxPartitionBacklog maximum number of entries in a partition; above it, only a tenant with more than a
 *     hundredth of this number is rejected
 * @param replicaWait how long to wait until a replica has confirmed what was stored; empty for no wait
 */
public record AdmissionTerms(long maxPartitionBacklog, Optional<Duration> replicaWait) {

    /** The defaults. */
    public static final AdmissionTerms DEFAULTS = new AdmissionTerms(1_000_000, Optional.empty());
}
