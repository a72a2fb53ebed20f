package dev.streamgauge.redis.admission;

import java.time.Duration;
import java.util.Optional;

/**
 * What holds for all tenants alike.
 *
 * @param maxPartitionBacklog entries in a partition from which on a tenant who holds more than a hundredth of them is
 *     rejected; the others are not to suffer for it
 * @param replicaWait how long to wait until a replica has confirmed what was stored; empty to wait for none
 */
public record AdmissionTerms(long maxPartitionBacklog, Optional<Duration> replicaWait) {

    /** As configured where nothing is configured. */
    public static final AdmissionTerms DEFAULTS = new AdmissionTerms(1_000_000, Optional.empty());
}
