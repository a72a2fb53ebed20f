package dev.streamgauge.aggregator.fold;

import dev.streamgauge.aggregator.fold.batch.FoldGauges;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.server.logs.Occasional;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/**
 * Leaves out partitions where nothing can be folded, because one of their keys holds unexpected data, so that the
 * others go on. Not thread-safe.
 */
final class PartitionQuarantine {

    private static final Logger LOG = Logger.getLogger(PartitionQuarantine.class);

    private final List<Integer> partitions;
    private final FoldGauges gauges;

    /** The broken partitions, with the reason. */
    private final SortedMap<Integer, String> broken = new TreeMap<>();

    private Map<Integer, String> reported = Map.of();
    private final Occasional alarms = new Occasional();

    PartitionQuarantine(List<Integer> partitions, FoldGauges gauges) {
        this.partitions = partitions;
        this.gauges = gauges;
    }

    /** The partitions that are not left out. */
    List<Integer> usable() {
        return partitions.stream()
                .filter(partition -> !broken.containsKey(partition))
                .toList();
    }

    /**
     * Finds partitions where nothing can be folded, and leaves them out. Returns whether it found another one. If not,
     * the failure has another cause, and trying again at once would loop endlessly.
     */
    boolean leaveOutBroken(FoldConnection connection) {
        Set<Integer> before = Set.copyOf(broken.keySet());
        for (int partition : usable()) {
            connection.findFlaw(partition).ifPresent(flaw -> broken.put(partition, flaw));
        }
        alarm();
        return !before.containsAll(broken.keySet());
    }

    /** Checks the broken partitions again, and takes back those that were repaired. */
    void recheck(FoldConnection connection) {
        if (broken.isEmpty()) {
            return;
        }
        for (int partition : List.copyOf(broken.keySet())) {
            connection.findFlaw(partition).ifPresentOrElse(flaw -> broken.put(partition, flaw), () -> {
                broken.remove(partition);
                LOG.infof("fold partition=%d state=repaired", partition);
            });
        }
        connection.createGroups(usable()); // a stream may have been repaired by deleting it, with its group
        alarm();
    }

    /** Logs which partitions are broken whenever that has changed, and otherwise once a minute. */
    private void alarm() {
        gauges.brokenPartitions(broken.size());
        boolean hasChanged = !broken.equals(reported);
        reported = Map.copyOf(broken);
        if (!broken.isEmpty() && (alarms.next() > 0 || hasChanged)) {
            LOG.errorf("fold brokenPartitions=%s", broken);
        }
    }
}
