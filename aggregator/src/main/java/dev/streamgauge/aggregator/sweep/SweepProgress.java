package dev.streamgauge.aggregator.sweep;

import dev.streamgauge.redis.sweep.RegistryCount;
import dev.streamgauge.redis.sweep.SweptPage;
import java.time.Duration;
import java.util.Optional;

/** What the sweep of one tenant has found so far. For one thread. */
final class SweepProgress {

    /**
     * An idle tenant is swept when its next series may expire, so that thousands of idle tenants cost nothing; but no
     * later than this, which is how long a changed setting may take for it.
     */
    private static final Duration LONGEST_IDLE_PERIOD = Duration.ofHours(6);

    private Duration due = LONGEST_IDLE_PERIOD;
    private RegistryCount count;
    private boolean isWhole = true;

    /**
     * Nothing swept yet.
     *
     * @param registryBytes estimated bytes of the registry, as the tenant's totals have them
     */
    SweepProgress(long registryBytes) {
        this.count = RegistryCount.startingFrom(registryBytes);
    }

    void add(SweptPage page) {
        count = count.plus(page);
        page.due().filter(next -> next.compareTo(due) < 0).ifPresent(next -> due = next);
    }

    /** A part of the registry is not swept, so its bytes are not counted as a whole. */
    void leaveOut() {
        isWhole = false;
    }

    /** When the next series may expire, from now. */
    Duration due() {
        return due;
    }

    /** The bytes of the registry; empty if not all of it was counted. */
    Optional<RegistryCount> count() {
        return isWhole ? Optional.of(count) : Optional.empty();
    }
}
