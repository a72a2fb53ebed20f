package dev.streamgauge.ingest.overload;

import java.util.Comparator;
import java.util.List;

/**
 * The level down to which the largest tenants must give way so that memory is enough for all: what lies above it is
 * what there is too much. The others keep what they have, as with a max-min fair share.
 */
final class WaterLevel {

    private WaterLevel() {}

    /**
     * The level T for which the sum of {@code max(0, size - T)} is the excess; 0 if all of them together are less.
     *
     * @param sizes of the largest tenants, in bytes
     * @param excess bytes that are too much; more than 0
     */
    static long of(List<Long> sizes, long excess) {
        List<Long> descending = sizes.stream().sorted(Comparator.reverseOrder()).toList();
        double sum = 0;
        for (int i = 0; i < descending.size(); i++) {
            sum += descending.get(i);
            double level = (sum - excess) / (i + 1);
            boolean isLast = i + 1 == descending.size();
            if (isLast || level >= descending.get(i + 1)) {
                return (long) Math.max(0, level);
            }
        }
        return 0;
    }
}
