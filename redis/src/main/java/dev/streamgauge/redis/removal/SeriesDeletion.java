package dev.streamgauge.redis.removal;

import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.selector.SeriesSelection.Part.Everything;
import dev.streamgauge.core.selector.SeriesSelection.Part.Nothing;
import dev.streamgauge.core.selector.SeriesSelection.Part.Some;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.registry.FamilyNames;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import dev.streamgauge.redis.removal.RemovalSteps.Extent;
import dev.streamgauge.redis.removal.RemovalSteps.Part;
import dev.streamgauge.redis.topology.RedisTopology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Removes the selected series of a tenant, and the rows of families that have no series left. While it runs, the tenant
 * is fenced: its pushes are rejected, so that everything accepted before is folded and no older sample brings a series
 * back.
 *
 * <p>Samples of the selected series that were accepted before the deletion are gone after it; samples that are accepted
 * after it create the series again. Each step leaves a consistent registry, also if a deletion dies half-way.
 * Thread-safe.
 */
public final class SeriesDeletion {

    /** What a deletion may take, unless said otherwise. */
    public static final Duration DEADLINE = Duration.ofSeconds(30);

    /** Longest time between two steps: the fence must not end while pages are read that have nothing to remove. */
    private static final Duration STEP_AT_LEAST_EVERY = RemovalSteps.FENCE_DURATION.dividedBy(5);

    private final RedisTopology topology;
    private final Duration deadline;
    private final RegistryReader registries;

    /**
     * Deletes series of that store.
     *
     * @param deadline of a whole deletion; one step is taken in any case
     */
    public SeriesDeletion(RedisTopology topology, Duration deadline) {
        this.topology = topology;
        this.deadline = deadline;
        this.registries = new RegistryReader(topology);
    }

    /** Deletes series of a tenant, as below; comparing may take as long as the deletion. */
    public RemovalOutcome delete(TenantId tenant, SeriesSelection selection) {
        return delete(tenant, selection, deadline);
    }

    /**
     * Deletes series of a tenant. Blocks until that is done, at most for the deadline and a call or two.
     *
     * @param comparing time for comparing series with the selection, which uses a processor; after it, the deletion is
     *     out of time
     * @throws RedisFailure if a call failed: the rest of the registry is consistent, and the fence ends after
     *     {@link RemovalSteps#FENCE_DURATION}
     */
    public RemovalOutcome delete(TenantId tenant, SeriesSelection selection, Duration comparing) {
        Run run = new Run(tenant, selection, comparing);
        RemovalOutcome outcome = run.finish();
        run.steps.release();
        return outcome;
    }

    /** One deletion, from its first step to its last. */
    private final class Run {

        private final TenantId tenant;
        private final SeriesSelection selection;
        private final RemovalSteps steps;
        private final Map<String, Part> found = new LinkedHashMap<>(); // and not yet removed; by family
        private final long comparingNanos;
        private long comparedNanos;
        private int foundSeries;
        private long lastStepNanos;
        private Optional<RemovalOutcome> end = Optional.empty();

        private Run(TenantId tenant, SeriesSelection selection, Duration comparing) {
            this.tenant = tenant;
            this.selection = selection;
            this.comparingNanos = comparing.toNanos();
            this.steps = new RemovalSteps(topology, tenant, deadline);
        }

        private RemovalOutcome finish() {
            takeStep(); // until the tenant is fenced and drained, a fold might bring back what was read before
            String cursor = SeriesPage.END;
            do {
                if (isAtEnd()) {
                    break;
                }
                FamilyNames page = steps.readNames(cursor);
                page.names().forEach(this::remove);
                cursor = page.cursor();
            } while (!cursor.equals(SeriesPage.END));
            if (end.isEmpty() && !found.isEmpty()) {
                takeStep();
            }
            return end.orElseGet(steps::done);
        }

        private void remove(String family) {
            if (isAtEnd()) {
                return;
            }
            switch (timed(() -> selection.partOf(family))) {
                case Nothing nothing -> {}
                case Everything everything -> add(Part.whole(family));
                case Some some -> removeSome(family, some);
            }
        }

        private void removeSome(String family, Some selected) {
            String cursor = SeriesPage.END;
            do {
                SeriesPage page = registries
                        .readSeries(tenant, family, cursor)
                        .await()
                        .indefinitely(); // the connection has a deadline
                List<byte[]> labels = new ArrayList<>();
                for (SeriesPage.Row row : page.series()) {
                    if (isAtEnd()) { // asked for each series, since an expression may take long
                        return;
                    }
                    if (timed(() -> selected.has(CanonicalLabels.ofCanonical(row.labels())))) {
                        labels.add(row.labels());
                    }
                }
                if (!labels.isEmpty()) {
                    add(new Part(family, labels));
                }
                cursor = page.cursor();
            } while (!cursor.equals(SeriesPage.END));
        }

        /**
         * Notes what is to be removed. Takes a step first if it would be too much for one step, or has the family
         * already.
         */
        private void add(Part part) {
            boolean isFull = found.size() == RemovalSteps.MAX_FAMILIES
                    || foundSeries + part.labels().size() > RemovalSteps.MAX_SERIES;
            if (!found.isEmpty() && (isFull || found.containsKey(part.family()))) {
                takeStep();
            }
            found.put(part.family(), part);
            foundSeries += part.labels().size();
        }

        private <T> T timed(Supplier<T> comparison) {
            long start = System.nanoTime();
            T result = comparison.get();
            comparedNanos += System.nanoTime() - start;
            return result;
        }

        private boolean isAtEnd() {
            if (end.isEmpty() && (steps.isOver() || comparedNanos > comparingNanos)) {
                takeStep();
                end = end.or(() -> Optional.of(steps.outOfTime(0)));
            }
            if (end.isEmpty() && System.nanoTime() - lastStepNanos > STEP_AT_LEAST_EVERY.toNanos()) {
                takeStep();
            }
            return end.isPresent();
        }

        private void takeStep() {
            end = steps.take(Extent.SELECT, List.copyOf(found.values()));
            lastStepNanos = System.nanoTime();
            found.clear();
            foundSeries = 0;
        }
    }
}
