package dev.streamgauge.benchmarks.load;

/**
 * Requests that are sent in turn, encoded with their heads.
 *
 * @param requests as they go over the wire
 * @param samples how many samples each carries
 * @param groups which series each pushes: requests of one group push the same series with the same values
 * @param sums of the values of each group's samples
 */
public record RequestSet(byte[][] requests, int samples, int[] groups, double[] sums) {

    /** Their mean size in bytes, heads included. */
    public long meanBytes() {
        long bytes = 0;
        for (byte[] request : requests) {
            bytes += request.length;
        }
        return bytes / requests.length;
    }
}
