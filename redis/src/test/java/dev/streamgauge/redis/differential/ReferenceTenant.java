package dev.streamgauge.redis.differential;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionRequest.NewFamily;
import dev.streamgauge.redis.admission.AdmissionRequest.NewSeries;
import dev.streamgauge.redis.removal.RemovalOutcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/** A tenant as admission and folding must leave it. */
final class ReferenceTenant {

    private record KeptAnswer(byte[] bodyHash, int accepted) {}

    /** What an entry needs besides its payload. */
    private static final int ENTRY_BYTES = 100;

    private final Map<String, Family> families = new TreeMap<>();
    private final Map<String, Map<String, ReferenceSeries>> series = new TreeMap<>();
    private final Map<String, KeptAnswer> kept = new HashMap<>();

    /** Changes with each of the tenant's epochs. */
    private int epoch;

    /** Samples and entries ever admitted. */
    private long acceptedSamples;

    private long acceptedEntries;
    private long acceptedBytes;
    private int requestsPaid;

    private long foldedSamples;
    private long foldedEntries;
    private long foldedBytes;
    private long deadSamples;
    private long deadEntries;
    private long deadBytes;

    /** Deleted from outside, before the last reset. */
    private long forgottenEntries;

    private long forgottenBytes;

    /** Whether the bytes of the registry are an estimate, since series were deleted. */
    private boolean isEstimated;

    int epoch() {
        return epoch;
    }

    boolean isKnown() {
        return acceptedSamples > 0;
    }

    long backlog() {
        return acceptedEntries - foldedEntries - deadEntries - forgottenEntries;
    }

    /** Forgets families and series, and entries that wait, since none of them ever comes. */
    RemovalOutcome.Done reset() {
        RemovalOutcome.Done done = new RemovalOutcome.Done(families.size(), seriesCount());
        families.clear();
        series.clear();
        forgottenEntries += backlog();
        forgottenBytes += backlogBytes();
        isEstimated = false;
        if (isKnown()) {
            epoch++;
        }
        return done;
    }

    /** Forgets those series, and families that have none left; and entries that wait, since none of them ever comes. */
    RemovalOutcome.Done delete(BiPredicate<String, String> isSelected) {
        int before = seriesCount();
        int familiesBefore = families.size();
        series.forEach((family, each) -> each.keySet().removeIf(labels -> isSelected.test(family, labels)));
        series.values().removeIf(Map::isEmpty);
        families.keySet().retainAll(series.keySet());
        forgottenEntries += backlog();
        forgottenBytes += backlogBytes();
        if (seriesCount() < before) {
            isEstimated = !families.isEmpty();
            epoch++;
        }
        return new RemovalOutcome.Done(familiesBefore - families.size(), before - seriesCount());
    }

    private long backlogBytes() {
        return acceptedBytes - foldedBytes - deadBytes - forgottenBytes;
    }

    private static long entryBytes(List<byte[]> payloads) {
        return payloads.stream()
                .mapToLong(payload -> payload.length + ENTRY_BYTES)
                .sum();
    }

    /** Whether the bytes of the registry are an estimate, and not what the stored texts amount to. */
    boolean isEstimated() {
        return isEstimated;
    }

    int seriesCount() {
        return series.values().stream().mapToInt(Map::size).sum();
    }

    int largestFamily() {
        return series.values().stream().mapToInt(Map::size).max().orElse(0);
    }

    /** Requests stored while a rate of requests was in force, which is so low that none of them is paid off. */
    int requestsPaid() {
        return requestsPaid;
    }

    boolean hasFamily(Family family) {
        return family.equals(families.get(family.name()));
    }

    Optional<Family> findFamily(String name) {
        return Optional.ofNullable(families.get(name));
    }

    boolean hasSeries(String family, String labels) {
        return series.getOrDefault(family, Map.of()).containsKey(labels);
    }

    /**
     * Admits a request, or says why not.
     *
     * @param knownEpoch the epoch that the request names, if it names one
     * @return words; for each of them the ones that are right
     */
    List<Set<String>> admit(AdmissionRequest request, Optional<Integer> knownEpoch) {
        Optional<String> replay = replay(request);
        if (replay.isPresent()) {
            return words(replay.get());
        }
        if (request.samples() == 0) {
            return words("nothing");
        }
        if (knownEpoch.isPresent() && knownEpoch.get() != epoch) {
            return words("epoch changed");
        }
        if (backlog() + request.entries().size() > request.limits().maxBacklogEntries()) {
            return words("backlog full");
        }
        if (request.limits().requestRate() > 0) {
            // What is paid beyond the burst can only come from a clock that stepped back, or from a limit lowered
            // since.
            int paid = requestsPaid > request.limits().requestBurstSize() ? 0 : requestsPaid;
            if (paid >= request.limits().requestBurstSize()) {
                return words("over the rate of REQUESTS");
            }
            requestsPaid = paid + 1;
        }
        int paidIfRejected = isKnown() ? requestsPaid : 0;
        Map<String, Family> newFamilies = new TreeMap<>();
        List<Set<String>> differences = differences(request.newFamilies(), newFamilies);
        if (!differences.isEmpty()) {
            requestsPaid = paidIfRejected;
            return differences;
        }
        List<NewSeries> newSeries = request.newSeries().stream()
                .filter(each -> !hasSeries(each.family(), each.labels().toString()))
                .toList();
        Optional<String> overSeriesLimit = overSeriesLimit(request, newSeries);
        if (overSeriesLimit.isPresent()) {
            requestsPaid = paidIfRejected;
            return words(overSeriesLimit.get());
        }
        families.putAll(newFamilies);
        for (NewSeries each : newSeries) {
            Family family = Objects.requireNonNull(families.get(each.family()));
            series.computeIfAbsent(each.family(), name -> new TreeMap<>())
                    .put(each.labels().toString(), new ReferenceSeries(family));
        }
        acceptedSamples += request.samples();
        acceptedEntries += request.entries().size();
        acceptedBytes += entryBytes(request.entries());
        request.idempotency()
                .ifPresent(given -> kept.put(given.key(), new KeptAnswer(given.bodyHash(), acceptedOf(request))));
        return words("stored");
    }

    /** Which of the new series have no room, as the tenant's limit and then that of their family go. */
    private Optional<String> overSeriesLimit(AdmissionRequest request, List<NewSeries> newSeries) {
        int most = request.limits().maxGlobalSeriesPerUser();
        int mostOfFamily = request.limits().maxGlobalSeriesPerMetric();
        List<Integer> ofTenant = new ArrayList<>();
        List<Integer> ofFamily = new ArrayList<>();
        Map<String, Integer> sizes = new HashMap<>();
        series.forEach((family, each) -> sizes.put(family, each.size()));
        int count = seriesCount();
        for (NewSeries each : newSeries) {
            if (most > 0 && count >= most) {
                ofTenant.add(request.newSeries().indexOf(each));
            } else if (mostOfFamily > 0 && sizes.getOrDefault(each.family(), 0) >= mostOfFamily) {
                ofFamily.add(request.newSeries().indexOf(each));
            } else {
                count++;
                sizes.merge(each.family(), 1, Integer::sum);
            }
        }
        return ofTenant.isEmpty() && ofFamily.isEmpty()
                ? Optional.empty()
                : Optional.of("over the series limit: " + ofTenant + ", of the family: " + ofFamily);
    }

    /** The first number of the answer to keep. */
    private static int acceptedOf(AdmissionRequest request) {
        return ByteBuffer.wrap(request.answer()).getInt();
    }

    private Optional<String> replay(AdmissionRequest request) {
        return request.idempotency()
                .filter(given -> kept.containsKey(given.key()))
                .map(given -> {
                    KeptAnswer first = Objects.requireNonNull(kept.get(given.key()));
                    return Arrays.equals(first.bodyHash, given.bodyHash()) ? "replay " + first.accepted : "key reused";
                });
    }

    /** What is wrong with families; those that are new and right are put into the map. */
    private List<Set<String>> differences(List<NewFamily> asked, Map<String, Family> newFamilies) {
        List<Set<String>> differences = new ArrayList<>();
        for (int place = 0; place < asked.size(); place++) {
            String name = asked.get(place).name();
            Family family = FamilyCodec.decode(name, asked.get(place).row());
            Family existing = families.get(name);
            Set<String> clashing = new HashSet<>();
            for (Map<String, Family> others : List.of(families, newFamilies)) {
                for (Family other : others.values()) {
                    if (shownNames(other).contains(name) || shownNames(family).contains(other.name())) {
                        clashing.add(place + " clashes with " + other.name());
                    }
                }
            }
            if (existing != null) {
                if (!existing.equals(family)) {
                    differences.add(Set.of(place + " is " + HexFormat.of().formatHex(FamilyCodec.encode(existing))));
                }
            } else if (!clashing.isEmpty()) {
                differences.add(clashing);
            } else {
                newFamilies.put(name, family);
            }
        }
        return differences;
    }

    /** Names under which a family's series are exposed, and its own. */
    private static Set<String> shownNames(Family family) {
        Set<String> names = new HashSet<>(Set.of(family.name()));
        if (family.type() == MetricType.HISTOGRAM) {
            names.add(family.name() + "_bucket");
        }
        if (family.type() == MetricType.HISTOGRAM || family.type() == MetricType.SUMMARY) {
            names.add(family.name() + "_sum");
            names.add(family.name() + "_count");
        }
        return names;
    }

    private static List<Set<String>> words(String words) {
        return List.of(Set.of(words));
    }

    void fold(EntryId entry, List<Sample> samples, byte[] payload) {
        for (Sample sample : samples) {
            Objects.requireNonNull(
                            Objects.requireNonNull(series.get(sample.family().name()))
                                    .get(sample.labels().toString()))
                    .count(entry, sample);
        }
        foldedSamples += samples.size();
        foldedEntries++;
        foldedBytes += entryBytes(List.of(payload));
    }

    void deadLetter(List<Sample> samples, byte[] payload) {
        deadSamples += samples.size();
        deadEntries++;
        deadBytes += entryBytes(List.of(payload));
    }

    /** What must be stored of the tenant, in lines. */
    void describe(String name, Set<String> lines) {
        lines.add(name + " counts " + counts() + " backlog=" + backlog() + " of " + Math.max(0, backlogBytes())
                + " bytes, series=" + seriesCount() + (isEstimated ? "" : ", bytes are right"));
        families.forEach((family, value) ->
                lines.add(name + " family " + family + " " + HexFormat.of().formatHex(FamilyCodec.encode(value))));
        series.forEach((family, each) ->
                each.forEach((labels, value) -> lines.add(name + " series " + family + "{" + labels + "} " + value)));
    }

    private Counts counts() {
        return new Counts(acceptedSamples, foldedSamples, deadSamples, acceptedSamples - foldedSamples - deadSamples);
    }

    /** Sums of tenants' counts. */
    static Counts sum(Iterable<ReferenceTenant> tenants) {
        Counts sum = new Counts(0, 0, 0, 0);
        for (ReferenceTenant tenant : tenants) {
            sum = sum.plus(tenant.counts());
        }
        return sum;
    }
}
