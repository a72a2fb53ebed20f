package dev.streamgauge.redis.admission;

import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import java.util.List;
import java.util.Optional;

/**
 * One request as the admission script is asked about it: all of it is stored, or nothing.
 *
 * @param tenant that sent the samples
 * @param limits what the tenant may send
 * @param idempotency the key under which the answer is kept, if the sender gave one
 * @param answer what is kept for repetitions with the same key: an encoded {@link
 *     dev.streamgauge.core.idempotency.KeptAnswer.Counted}; empty if there is no key
 * @param samples number of samples in {@code entries}; with 0, only the idempotency key is looked up, or the families
 *     and series registered
 * @param charge what the tenant pays for the request
 * @param epoch in which ingest learned what it knows; empty if it knows nothing of the tenant
 * @param newFamilies families that ingest has not seen registered, none twice
 * @param newSeries series that ingest has not seen registered, none twice
 * @param entries payloads
 */
public record AdmissionRequest(
        TenantId tenant,
        TenantLimits limits,
        Optional<Idempotency> idempotency,
        byte[] answer,
        int samples,
        Charge charge,
        Optional<TenantEpoch> epoch,
        List<NewFamily> newFamilies,
        List<NewSeries> newSeries,
        List<byte[]> entries) {

    /** A family is looked up with the names of the series it would show, which takes as long as two series. */
    public static final int LOOKUPS_OF_A_FAMILY = 2;

    /**
     * The sender's key, and what it stands for.
     *
     * @param key 1 to 128 visible ASCII characters
     * @param bodyHash 32 bytes, of the decompressed body
     */
    public record Idempotency(String key, byte[] bodyHash) {}

    /**
     * What the tenant pays for a request, in units of the ingestion rate. A request is charged once, in its first call.
     *
     * @param values the values of the request's samples, at least one for each; the request is rejected if they do not
     *     fit into the burst
     * @param units what is charged: the values and one for each look-up; the part beyond the burst is a debt
     */
    public record Charge(int values, int units) {

        /** For a request that was charged by an earlier call, or that is free. */
        public static final Charge NONE = new Charge(0, 0);

        /** For known series: so many values, and no look-up. */
        public static Charge ofValues(int values) {
            return new Charge(values, values);
        }
    }

    /**
     * A family to register.
     *
     * @param row as {@link dev.streamgauge.core.family.FamilyCodec} writes it
     */
    public record NewFamily(String name, byte[] row) {}

    /**
     * A series to register. Senders choose the labels, and may choose some with equal hash codes. A hash table keeps
     * such keys in a tree only if they are comparable, and searches them one by one otherwise.
     */
    public record NewSeries(String family, CanonicalLabels labels) implements Comparable<NewSeries> {

        @Override
        public int compareTo(NewSeries other) {
            int order = labels.compareTo(other.labels);
            return order == 0 ? family.compareTo(other.family) : order;
        }
    }

    /** The request that only looks up the idempotency key. */
    public AdmissionRequest withoutSamples() {
        return new AdmissionRequest(
                tenant,
                limits,
                idempotency,
                new byte[0],
                0,
                Charge.NONE,
                Optional.empty(),
                List.of(),
                List.of(),
                List.of());
    }

    /** The request that only registers some of its families and series, and is charged for this request. */
    public AdmissionRequest registration(
            Charge charge, Optional<TenantEpoch> known, List<NewFamily> families, List<NewSeries> series) {
        return new AdmissionRequest(
                tenant, limits, Optional.empty(), new byte[0], 0, charge, known, families, series, List.of());
    }

    /** This request after all its families and series were registered in an epoch, and after it was charged. */
    public AdmissionRequest registeredIn(TenantEpoch registered) {
        return new AdmissionRequest(
                tenant,
                limits,
                idempotency,
                answer,
                samples,
                Charge.NONE,
                Optional.of(registered),
                List.of(),
                List.of(),
                entries);
    }

    /** Look-ups of the admission script: one for each new series, and {@value #LOOKUPS_OF_A_FAMILY} for each new family. */
    public int lookups() {
        return LOOKUPS_OF_A_FAMILY * newFamilies.size() + newSeries.size();
    }

    /** What the request weighs in a call, in bytes, roughly. */
    public int weight() {
        int weight = 256 + answer.length;
        for (byte[] entry : entries) {
            weight += entry.length;
        }
        for (NewFamily family : newFamilies) {
            weight += family.name().length() + family.row().length + 32;
        }
        for (NewSeries series : newSeries) {
            weight += series.labels().length() + 32;
        }
        return weight;
    }
}
