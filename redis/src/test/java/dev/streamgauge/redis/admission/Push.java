package dev.streamgauge.redis.admission;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.idempotency.KeptAnswer.KeptError;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.admission.AdmissionRequest.Idempotency;
import dev.streamgauge.redis.admission.AdmissionRequest.NewFamily;
import dev.streamgauge.redis.admission.AdmissionRequest.NewSeries;
import dev.streamgauge.testkit.Samples;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Builds a request as ingest would. Without anything said it is of one sample, in one entry, of a tenant that ingest
 * knows nothing of, with no limit but a backlog of 1,000 entries.
 */
public final class Push {

    private final TenantId tenant;
    private double rate;
    private int burst;
    private double requestRate;
    private int requestBurst;
    private int maxSeries;
    private int maxFamilySeries;
    private int maxBacklog = 1_000;
    private long maxBacklogBytes = 1L << 40;
    private long maxRegistryBytes;
    private long maxRecordBytes;
    private Optional<Idempotency> idempotency = Optional.empty();
    private byte[] answer = new byte[0];
    private int samples = 1;
    private Optional<AdmissionRequest.Charge> charge = Optional.empty();
    private Optional<TenantEpoch> epoch = Optional.empty();
    private final List<NewFamily> families = new ArrayList<>();
    private final List<NewSeries> series = new ArrayList<>();
    private List<byte[]> entries = List.of(new byte[] {1});

    private Push(TenantId tenant) {
        this.tenant = tenant;
    }

    public static Push of(String tenant) {
        return new Push(new TenantId(tenant));
    }

    /** A request that carries these samples, and asks for all their families and series to be registered. */
    public static AdmissionRequest of(String tenant, Sample... samples) {
        Push push = of(tenant);
        push.samples = samples.length;
        push.entries = EntryWriter.encode(push.tenant, List.of(samples));
        List<String> seen = new ArrayList<>();
        for (Sample sample : samples) {
            String family = sample.family().name();
            if (!seen.contains(family)) {
                seen.add(family);
                push.families.add(new NewFamily(family, FamilyCodec.encode(sample.family())));
            }
            if (!seen.contains(family + sample.labels())) {
                seen.add(family + sample.labels());
                push.series.add(new NewSeries(family, sample.labels()));
            }
        }
        return push.build();
    }

    /** A request of one sample of a byte, with an idempotency key and an answer without rejected samples. */
    public static AdmissionRequest keyed(String tenant, String key) {
        return of(tenant)
                .key(key, "body", "")
                .answer(new KeptAnswer.Counted(1, 0, List.of()))
                .build();
    }

    Push rate(double samplesASecond, int burstSamples) {
        rate = samplesASecond;
        burst = burstSamples;
        return this;
    }

    Push requestRate(double requestsASecond, int burstRequests) {
        requestRate = requestsASecond;
        requestBurst = burstRequests;
        return this;
    }

    Push maxFamilySeries(int most) {
        maxFamilySeries = most;
        return this;
    }

    Push maxSeries(int most) {
        maxSeries = most;
        return this;
    }

    Push maxBacklog(int most) {
        maxBacklog = most;
        return this;
    }

    Push maxBacklogBytes(long most) {
        maxBacklogBytes = most;
        return this;
    }

    Push maxRegistryBytes(long most) {
        maxRegistryBytes = most;
        return this;
    }

    Push maxRecordBytes(long most) {
        maxRecordBytes = most;
        return this;
    }

    /** With an answer to keep that has a rejected sample with that text as its reason. */
    Push key(String key, String body, String answerToKeep) {
        idempotency = Optional.of(new Idempotency(key, sha256(body)));
        return answer(new KeptAnswer.Counted(1, 1, List.of(new KeptError(0, answerToKeep))));
    }

    Push answer(KeptAnswer.Counted toKeep) {
        answer = toKeep.encode();
        return this;
    }

    Push samples(int count) {
        samples = count;
        return this;
    }

    Push epoch(TenantEpoch known) {
        epoch = Optional.of(known);
        return this;
    }

    Push family(String name, MetricType type) {
        return family(Samples.family(name, type));
    }

    Push charge(int values, int units) {
        charge = Optional.of(new AdmissionRequest.Charge(values, units));
        return this;
    }

    Push family(Family family) {
        families.add(new NewFamily(family.name(), FamilyCodec.encode(family)));
        return this;
    }

    Push series(String family, String... labels) {
        for (String each : labels) {
            series.add(new NewSeries(family, CanonicalLabels.ofCanonical(each.getBytes(StandardCharsets.UTF_8))));
        }
        return this;
    }

    Push entries(byte[]... payloads) {
        entries = List.of(payloads);
        return this;
    }

    /** As many entries of one byte. */
    Push entries(int count) {
        byte[][] payloads = new byte[count][1];
        return entries(payloads);
    }

    AdmissionRequest build() {
        TenantLimits limits = TenantLimits.DEFAULTS
                .with(Map.of(
                        Limit.INGESTION_RATE, rate,
                        Limit.INGESTION_BURST_SIZE, (double) burst,
                        Limit.REQUEST_RATE, requestRate,
                        Limit.REQUEST_BURST_SIZE, (double) requestBurst,
                        Limit.MAX_GLOBAL_SERIES_PER_USER, (double) maxSeries,
                        Limit.MAX_GLOBAL_SERIES_PER_METRIC, (double) maxFamilySeries,
                        Limit.MAX_BACKLOG_ENTRIES, (double) maxBacklog))
                .with(Map.of(
                        Limit.MAX_BACKLOG_BYTES_PER_USER, (double) maxBacklogBytes,
                        Limit.MAX_REGISTRY_BYTES_PER_USER, (double) maxRegistryBytes,
                        Limit.MAX_IDEMPOTENCY_BYTES_PER_USER, (double) maxRecordBytes));
        return new AdmissionRequest(
                tenant,
                limits,
                idempotency,
                answer,
                samples,
                charge.orElse(AdmissionRequest.Charge.ofValues(samples)),
                epoch,
                families,
                series,
                entries);
    }

    /** The hash of a body. */
    static byte[] sha256(String body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
