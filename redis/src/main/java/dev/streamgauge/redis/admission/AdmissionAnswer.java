package dev.streamgauge.redis.admission;

import dev.streamgauge.core.idempotency.KeptAnswer;
import java.time.Duration;
import java.util.List;

/**
 * What the admission script says of one request. Only {@link Stored} has stored anything. The tenant was charged with
 * {@link Stored}, {@link FamiliesDiffer} and {@link OverSeriesLimit}.
 */
public sealed interface AdmissionAnswer {

    /** Whether the tenant was charged for the request. */
    default boolean isCharged() {
        return this instanceof Stored || this instanceof FamiliesDiffer || this instanceof OverSeriesLimit;
    }

    /**
     * The request is on disk, as far as the durability profile goes; or its families and series are registered.
     *
     * @param epoch the epoch in which its families and series are registered
     */
    record Stored(TenantEpoch epoch) implements AdmissionAnswer {}

    /**
     * The idempotency key was used with the same body.
     *
     * @param answer what was kept of the answer to the first request
     */
    record Replay(KeptAnswer answer) implements AdmissionAnswer {}

    /** The idempotency key was used with another body. */
    record KeyReused() implements AdmissionAnswer {}

    /** The request had no sample, and its idempotency key is new. */
    record Nothing() implements AdmissionAnswer {}

    /**
     * The tenant is fenced: series are being removed, or the tenant was just deleted.
     *
     * @param retryAfter when the fence ends, as far as it is known
     */
    record Fenced(Duration retryAfter) implements AdmissionAnswer {}

    /** What ingest remembers of the tenant is outdated: something was deleted, or the server is another one. */
    record EpochChanged() implements AdmissionAnswer {}

    /** Some families cannot be registered as asked. Not empty. */
    record FamiliesDiffer(List<FamilyDifference> differences) implements AdmissionAnswer {}

    /**
     * Some series are over a limit.
     *
     * @param ofTenant places in {@code newSeries}, from 0, of those for which the tenant has no room
     * @param ofFamily places of those for which only their family has no room
     * @param ofBytes places of those for whose bytes only the tenant's registry has no room
     */
    record OverSeriesLimit(List<Integer> ofTenant, List<Integer> ofFamily, List<Integer> ofBytes)
            implements AdmissionAnswer {}

    /**
     * Over a rate; over both, the one that lasts longer.
     *
     * @param unit which rate
     * @param retryAfter when there is room for this request
     * @param debt when there is room for any request; zero if there is room for a smaller one now
     */
    record OverRate(RateUnit unit, Duration retryAfter, Duration debt) implements AdmissionAnswer {}

    /**
     * The tenant's backlog is full.
     *
     * @param unit which limit the request would exceed
     */
    record BacklogFull(BacklogUnit unit) implements AdmissionAnswer {}

    /**
     * The tenant's idempotency records have no room for one more.
     *
     * @param retryAfter when some of them have expired
     */
    record OverRecordsLimit(Duration retryAfter) implements AdmissionAnswer {}

    /** The partition's backlog is full, and the tenant has its part in that. */
    record PartitionBacklogFull() implements AdmissionAnswer {}

    /**
     * Redis is under memory pressure.
     *
     * @param shortage whom that concerns
     */
    record UnderMemoryPressure(Shortage shortage) implements AdmissionAnswer {}

    /** The tenant does not exist, and no more may begin to. */
    record TooManyTenants() implements AdmissionAnswer {}

    /** A key holds unexpected data. */
    record Broken(String message) implements AdmissionAnswer {}

    /** What a rate counts. */
    enum RateUnit {
        SAMPLES,
        REQUESTS
    }

    /** What a limit of the backlog counts. */
    enum BacklogUnit {
        ENTRIES,
        BYTES
    }

    /** For whom Redis is short of memory. */
    enum Shortage {
        /** For every push. */
        OF_THE_STORE,
        /** For every push of a large tenant. */
        FOR_LARGE_TENANTS,
        /** For pushes of a large tenant that would make it larger. */
        FOR_GROWTH,
        /** For the first push of a tenant. */
        FOR_NEW_TENANTS
    }

    /** Why a family cannot be registered as asked. */
    sealed interface FamilyDifference {

        /** Its place in {@code newFamilies}, from 0. */
        int place();

        /** The same difference, so many places further on. */
        default FamilyDifference movedBy(int places) {
            return switch (this) {
                case Exists exists -> new Exists(exists.place() + places, exists.row());
                case Clashes clashes -> new Clashes(clashes.place() + places, clashes.other());
                case NoRoom noRoom -> new NoRoom(noRoom.place() + places);
            };
        }

        /**
         * The family exists.
         *
         * @param row what it is registered as
         */
        record Exists(int place, byte[] row) implements FamilyDifference {}

        /**
         * The series it would show are those of another family.
         *
         * @param other that family's name
         */
        record Clashes(int place, String other) implements FamilyDifference {}

        /** The tenant's registry has no room for its bytes. */
        record NoRoom(int place) implements FamilyDifference {}
    }
}
