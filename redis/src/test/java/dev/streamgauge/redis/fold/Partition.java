package dev.streamgauge.redis.fold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.admission.Push;
import dev.streamgauge.redis.consumer.ReadEntry;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/** The only partition of a {@link RealRedis}: entries come in, consumers fold them, and a test reads what is kept. */
public final class Partition {

    static final Keyspace KEYSPACE = new Keyspace(1);
    public static final String STREAM = KEYSPACE.stream(0);
    public static final String TOTALS = KEYSPACE.totals(0);
    public static final String DEAD = KEYSPACE.deadLetters(0);
    static final String SWEEPS = KEYSPACE.sweeps(0);

    private static final int NUMBER = 0;
    private static final int ALL = 10_000;

    private final RealRedis redis;

    public Partition(RealRedis redis) {
        this.redis = redis;
    }

    /** A consumer on a connection of its own; the group exists then. */
    public FoldConnection consumer(String name) {
        FoldConnection connection = redis.closedAfterwards(
                FoldConnection.open(redis.topology(KEYSPACE).node(), name));
        connection.createGroups();
        return connection;
    }

    /** Admits a request as ingest would, with all that registers. */
    public void admit(String tenant, Sample... samples) {
        List<AdmissionAnswer> answers = new AdmissionScript(redis.topology(KEYSPACE), AdmissionTerms.DEFAULTS)
                .call(NUMBER, MemoryPressure.NONE, List.of(Push.of(tenant, samples)))
                .await()
                .indefinitely(); // the connection has a deadline
        assertThat(answers).singleElement().isInstanceOf(AdmissionAnswer.Stored.class);
    }

    /** Admits so many requests of one sample, each with a key of its own: a number of 36 digits, from that one on. */
    public void admitKeyed(String tenant, int from, int count) {
        List<AdmissionRequest> requests = IntStream.range(from, from + count)
                .mapToObj(i -> Push.keyed(tenant, String.format(Locale.ROOT, "%036d", i)))
                .toList();
        List<AdmissionAnswer> answers = new AdmissionScript(redis.topology(KEYSPACE), AdmissionTerms.DEFAULTS)
                .call(NUMBER, MemoryPressure.NONE, requests)
                .await()
                .indefinitely(); // the connection has a deadline
        assertThat(answers).hasOnlyElementsOfType(AdmissionAnswer.Stored.class);
    }

    /** Appends an entry under an id of the test's choice, and registers nothing. */
    public void append(EntryId id, String tenant, Sample... samples) {
        byte[] payload =
                EntryWriter.encode(new TenantId(tenant), List.of(samples)).getFirst();
        redis.append(STREAM, id.toString(), payload);
    }

    /** All that no consumer has read yet. */
    public static List<ReadEntry> readNew(FoldConnection consumer) {
        return consumer.readNew(ALL).getOrDefault(NUMBER, List.of());
    }

    /** All that this consumer holds. */
    public static List<ReadEntry> readOwn(FoldConnection consumer) {
        return consumer.readOwn(NUMBER, EntryId.NONE, ALL);
    }

    public static FoldBatch batch(ReadEntry... entries) {
        return batch(List.of(entries));
    }

    public static FoldBatch batch(Collection<ReadEntry> entries) {
        FoldBatch batch = new FoldBatch();
        try {
            for (ReadEntry entry : entries) {
                batch.add(entry.id(), entry.payload().orElseThrow());
            }
        } catch (MalformedEntryException e) {
            throw new AssertionError(e);
        }
        return batch;
    }

    public static FoldAnswer fold(FoldConnection consumer, Collection<ReadEntry> entries) {
        return fold(consumer, SeriesExpiry.NEVER, entries);
    }

    static FoldAnswer fold(FoldConnection consumer, SeriesExpiry expiry, Collection<ReadEntry> entries) {
        return consumer.fold(NUMBER, batch(entries), tenant -> expiry);
    }

    public static FoldAnswer fold(FoldConnection consumer, ReadEntry... entries) {
        return fold(consumer, List.of(entries));
    }

    /** Admits a request, and folds all that is unread. */
    FoldAnswer foldAfterAdmitting(FoldConnection consumer, Sample... samples) {
        admit("acme", samples);
        return fold(consumer, readNew(consumer));
    }

    /** What is kept of the series that a sample is of. */
    StoredSeries stored(String tenant, Sample like) {
        return StoredSeries.decode(like.family(), storedBytes(tenant, like)).orElseThrow();
    }

    public byte[] storedBytes(String tenant, Sample like) {
        return redis.field(keyOf(tenant, like), like.labels().bytes());
    }

    public void store(String tenant, Sample like, byte[] value) {
        redis.setField(keyOf(tenant, like), like.labels().bytes(), value);
    }

    void store(String tenant, Sample like, String value) {
        store(tenant, like, value.getBytes(StandardCharsets.ISO_8859_1));
    }

    public static String keyOf(String tenant, Sample like) {
        return KEYSPACE.family(new TenantId(tenant), like.family().name());
    }

    static String totalsOf(String tenant) {
        return KEYSPACE.tenantTotals(new TenantId(tenant));
    }

    /** A counter of a tenant. */
    public long count(String tenant, String field) {
        return number(totalsOf(tenant), field);
    }

    /** A counter of the partition. */
    public long count(String field) {
        return number(TOTALS, field);
    }

    /** Entries in the stream. */
    public long entries() {
        return redis.number("XLEN", STREAM);
    }

    /** Entries that any consumer has read and not acknowledged. */
    public long pending() {
        List<?> summary = (List<?>) Objects.requireNonNull(redis.command("XPENDING", STREAM, Keyspace.GROUP));
        return (Long) Objects.requireNonNull(summary.getFirst());
    }

    /** Makes a consumer the holder of entries, as if it had had them for a minute. */
    public void giveTo(String consumer, ReadEntry... entries) {
        for (ReadEntry entry : entries) {
            redis.command(
                    "XCLAIM", STREAM, Keyspace.GROUP, consumer, "0", entry.id().toString(), "IDLE", "60000", "JUSTID");
        }
    }

    private long number(String key, String field) {
        Object value = redis.command("HGET", key, field);
        return value == null ? 0 : Long.parseLong(String.valueOf(value));
    }
}
