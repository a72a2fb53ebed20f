package dev.streamgauge.redis.removal;

import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.selector.SeriesSelection.Part.Everything;
import dev.streamgauge.core.selector.SeriesSelection.Part.Nothing;
import dev.streamgauge.core.selector.SeriesSelection.Part.Some;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.accounting.FamilySize;
import dev.streamgauge.redis.registry.FamilyNames;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import dev.streamgauge.redis.topology.RedisTopology;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Counts the series that a {@link SeriesDeletion} would remove, without a fence: what is pushed meanwhile, or waits to
 * be folded, may be counted or not. Thread-safe.
 */
public final class SeriesPreview {

    private final RedisTopology topology;
    private final Keyspace keyspace;
    private final RegistryReader registries;

    /** Reads that store. */
    public SeriesPreview(RedisTopology topology) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
        this.registries = new RegistryReader(topology);
    }

    /**
     * What a deletion would remove.
     *
     * @param families families that would have no series left
     * @param series series in all families
     * @param selected families with series that are selected, and how many of them; largest first
     */
    public record Selected(long families, long series, List<FamilySize> selected) {

        public Selected {
            selected = List.copyOf(selected);
        }
    }

    /**
     * Counts the selected series of a tenant. Blocks, at most for the deadline and a call or two.
     *
     * @param comparing time for comparing series with the selection, which uses a processor
     * @return empty if one of the times was over
     * @throws RedisFailure if a call failed
     */
    public Optional<Selected> count(TenantId tenant, SeriesSelection selection, Duration deadline, Duration comparing) {
        Run run = new Run(tenant, selection, deadline, comparing);
        return run.finish() ? Optional.of(run.selected()) : Optional.empty();
    }

    private final class Run {

        private final TenantId tenant;
        private final SeriesSelection selection;
        private final RemovalSteps steps;
        private final long comparingNanos;
        private final Set<String> seen = new HashSet<>(); // a name may be on two pages
        private final TreeSet<FamilySize> sizes = new TreeSet<>();
        private long comparedNanos;
        private long families;
        private long series;

        private Run(TenantId tenant, SeriesSelection selection, Duration deadline, Duration comparing) {
            this.tenant = tenant;
            this.selection = selection;
            this.comparingNanos = comparing.toNanos();
            this.steps = new RemovalSteps(topology, tenant, deadline);
        }

        private Selected selected() {
            return new Selected(families, series, List.copyOf(sizes));
        }

        /** Whether everything was counted in time. */
        private boolean finish() {
            String cursor = SeriesPage.END;
            do {
                FamilyNames page = steps.readNames(cursor);
                for (String family : page.names()) {
                    if (seen.add(family)) {
                        count(family);
                    }
                    if (isOver()) {
                        return false;
                    }
                }
                cursor = page.cursor();
            } while (!cursor.equals(SeriesPage.END));
            return true;
        }

        private boolean isOver() {
            return steps.isOver() || comparedNanos > comparingNanos;
        }

        private void count(String family) {
            switch (selection.partOf(family)) {
                case Nothing nothing -> {}
                case Everything everything -> add(family, size(family), size(family));
                case Some some -> add(family, matches(family, some), size(family));
            }
        }

        private long size(String family) {
            return RedisReply.number(topology.forTenant(tenant)
                    .send(Request.cmd(Command.HLEN).arg(keyspace.family(tenant, family)))
                    .await()
                    .indefinitely()); // the connection has a deadline
        }

        private long matches(String family, Some selected) {
            long matches = 0;
            String cursor = SeriesPage.END;
            do {
                SeriesPage page = registries
                        .readSeries(tenant, family, cursor)
                        .await()
                        .indefinitely(); // the connection has a deadline
                for (SeriesPage.Row row : page.series()) {
                    if (isOver()) { // asked for each series, since an expression may take long
                        return matches;
                    }
                    long start = System.nanoTime();
                    if (selected.has(CanonicalLabels.ofCanonical(row.labels()))) {
                        matches++;
                    }
                    comparedNanos += System.nanoTime() - start;
                }
                cursor = page.cursor();
            } while (!cursor.equals(SeriesPage.END));
            return matches;
        }

        /** A series may be on two pages while others are removed, so a family never counts for more than it has. */
        private void add(String family, long matches, long size) {
            long selected = Math.min(matches, size);
            if (selected > 0) {
                sizes.add(new FamilySize(family, selected));
                series += selected;
                families += selected == size ? 1 : 0;
            }
        }
    }
}
