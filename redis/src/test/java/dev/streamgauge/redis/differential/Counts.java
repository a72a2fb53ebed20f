package dev.streamgauge.redis.differential;

/** Samples of a tenant or a partition, by what became of them. */
record Counts(long accepted, long folded, long dead, long pending) {

    Counts plus(Counts other) {
        return new Counts(accepted + other.accepted, folded + other.folded, dead + other.dead, pending + other.pending);
    }
}
