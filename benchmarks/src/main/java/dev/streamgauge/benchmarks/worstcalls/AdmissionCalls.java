package dev.streamgauge.benchmarks.worstcalls;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionRequest.Charge;
import dev.streamgauge.redis.admission.AdmissionRequest.Idempotency;
import dev.streamgauge.redis.admission.AdmissionRequest.NewFamily;
import dev.streamgauge.redis.admission.AdmissionRequest.NewSeries;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.testkit.Samples;
import dev.streamgauge.testkit.TestLimits;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Expensive calls of the admission script. Ingest puts at most as much into a call: 397 requests of a tenant,
 * one request of 100 tenants, 500 series or 250 families to look up, 256 KiB.
 */
final class AdmissionCalls {

    private static final int PARTITION = 0;
    private static final int MAX_REQUESTS = 397;
    private static final int MAX_TENANTS = 100;
    private static final int MAX_LOOKUPS = 500;
    private static final int MAX_FAMILIES = MAX_LOOKUPS / AdmissionRequest.LOOKUPS_OF_A_FAMILY;
    private static final int MAX_BYTES = 256 * 1024;
    private static final String TENANT = "tenant";
    private static final AdmissionTerms TERMS = new AdmissionTerms(1_000_000, Optional.empty());
    private static final TenantLimits ONE_SERIES =
            TestLimits.UNLIMITED.with(Map.of(Limit.MAX_GLOBAL_SERIES_PER_USER, 1.0));

    /** With all names and labels, the look-ups of a call are nearly as long as a call may be. */
    private static final String LONG = "x".repeat(MAX_BYTES / MAX_LOOKUPS - 100);

    private final IdleRedis redis;
    private final AdmissionScript script;

    AdmissionCalls(IdleRedis redis) {
        this.redis = redis;
        this.script = new AdmissionScript(redis.topology(), TERMS);
    }

    /** The calls, in the order of the table. */
    List<WorstCall> all() {
        return List.of(
                stored("397 requests of a tenant", requests(MAX_REQUESTS, i -> TENANT, false)),
                stored("397 requests with keys", requests(MAX_REQUESTS, i -> TENANT, true)),
                stored("100 requests with keys, each of a tenant", requests(MAX_TENANTS, i -> TENANT + i, true)),
                stored("a request of 256 KiB", List.of(large())),
                stored("a request with 500 new series", List.of(newSeries(TestLimits.UNLIMITED))),
                stored("500 new series, registered ahead", List.of(registration(0, MAX_LOOKUPS))),
                stored("250 new histograms, registered ahead", List.of(registration(MAX_FAMILIES, 0))),
                new WorstCall(
                        "admission: 500 new series beyond the limit",
                        this::fill,
                        () -> call(AdmissionAnswer.OverSeriesLimit.class, List.of(newSeries(ONE_SERIES)))));
    }

    private WorstCall stored(String name, List<AdmissionRequest> requests) {
        return new WorstCall("admission: " + name, redis::empty, () -> call(AdmissionAnswer.Stored.class, requests));
    }

    private void call(Class<? extends AdmissionAnswer> expected, List<AdmissionRequest> requests) {
        List<AdmissionAnswer> answers =
                script.call(PARTITION, MemoryPressure.NONE, requests).await().indefinitely();
        if (!answers.stream().allMatch(expected::isInstance)) {
            throw new IllegalStateException(answers.getFirst() + " instead of " + expected.getSimpleName());
        }
    }

    /** Lets the tenant have as many series as it may. */
    private void fill() {
        redis.empty();
        Sample sample = Samples.counter("other_total", "", 1);
        NewFamily family = new NewFamily("other_total", FamilyCodec.encode(sample.family()));
        NewSeries series = new NewSeries("other_total", sample.labels());
        call(
                AdmissionAnswer.Stored.class,
                List.of(request(TENANT, ONE_SERIES, List.of(sample), List.of(family), List.of(series))));
    }

    private static List<AdmissionRequest> requests(int count, IntFunction<String> tenant, boolean haveKeys) {
        List<Sample> samples = List.of(Samples.counter("orders_total", "", 1));
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    AdmissionRequest request =
                            request(tenant.apply(i), TestLimits.UNLIMITED, samples, List.of(), List.of());
                    return haveKeys ? withKey(request, "key-" + i) : request;
                })
                .toList();
    }

    private static AdmissionRequest withKey(AdmissionRequest request, String key) {
        return new AdmissionRequest(
                request.tenant(),
                request.limits(),
                Optional.of(new Idempotency(key, new byte[32])),
                new KeptAnswer.Counted(1, 0, List.of()).encode(),
                request.samples(),
                request.charge(),
                request.epoch(),
                request.newFamilies(),
                request.newSeries(),
                request.entries());
    }

    private static AdmissionRequest large() {
        return request(
                TENANT,
                TestLimits.UNLIMITED,
                IntStream.range(0, MAX_LOOKUPS)
                        .mapToObj(i -> Samples.counter("orders_total", labels(i), 1))
                        .toList(),
                List.of(),
                List.of());
    }

    private static AdmissionRequest newSeries(TenantLimits limits) {
        return request(TENANT, limits, List.of(Samples.counter("orders_total", "", 1)), List.of(), series(MAX_LOOKUPS));
    }

    private static AdmissionRequest registration(int families, int series) {
        return request(TENANT, TestLimits.UNLIMITED, List.of(), families(families), series(series));
    }

    /** A histogram shows three more names than its own, which must not be those of others. */
    private static List<NewFamily> families(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "seconds_" + LONG + LONG + i)
                .map(name -> new NewFamily(name, FamilyCodec.encode(Samples.family(name, Samples.HISTOGRAM))))
                .toList();
    }

    private static List<NewSeries> series(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new NewSeries("orders_total", Samples.labels(labels(i))))
                .toList();
    }

    private static String labels(int series) {
        return String.format(Locale.ROOT, "path=\"/items/%06d%s\"", series, LONG);
    }

    private static AdmissionRequest request(
            String tenant,
            TenantLimits limits,
            List<Sample> samples,
            List<NewFamily> families,
            List<NewSeries> series) {
        TenantId id = new TenantId(tenant);
        return new AdmissionRequest(
                id,
                limits,
                Optional.empty(),
                new byte[0],
                samples.size(),
                new Charge(samples.size(), samples.size() + families.size() + series.size()),
                Optional.empty(),
                families,
                series,
                samples.isEmpty() ? List.of() : EntryWriter.encode(id, samples));
    }
}
