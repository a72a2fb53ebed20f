package dev.streamgauge.aggregator.fold.batch;

/** What one loop cannot fold at present. Its thread sets it; the metrics of the process have the sum of all loops. */
public final class FoldGauges {

    private volatile int unreadableEntries;
    private volatile int brokenPartitions;
    private volatile long orphanedSamples;

    FoldGauges() {}

    public void unreadableEntries(int entries) {
        unreadableEntries = entries;
    }

    int unreadableEntries() {
        return unreadableEntries;
    }

    public void brokenPartitions(int partitions) {
        brokenPartitions = partitions;
    }

    int brokenPartitions() {
        return brokenPartitions;
    }

    public void orphanedSamples(long samples) {
        orphanedSamples = samples;
    }

    long orphanedSamples() {
        return orphanedSamples;
    }
}
