package dev.streamgauge.redis.kind;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.streamgauge.core.aggregation.AggregationKind;
import dev.streamgauge.core.aggregation.AggregationKinds;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.entry.FoldBatch.FamilyDeltas;
import dev.streamgauge.core.entry.FoldBatch.TenantDeltas;
import dev.streamgauge.core.exposition.TextWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.core.validation.SampleRules;
import dev.streamgauge.core.validation.ValidationResult;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import dev.streamgauge.redis.script.ScriptFiles;
import dev.streamgauge.redis.script.ScriptText;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link Maximum} touches no file of the product: it is added to both lists of kinds, and goes all the way of a sample. */
class NewKindTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final String WORKER = "worker";

    private static final AggregationKinds KINDS = new AggregationKinds(
            Stream.concat(AggregationKinds.ALL.list().stream(), Stream.<AggregationKind>of(Maximum.INSTANCE))
                    .toList());

    private static final SampleRules RULES =
            new SampleRules(TenantLimits.DEFAULTS, Instant.ofEpochMilli(1_763_700_000_000L), KINDS);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    private static ValidationResult validate(String type, double value) {
        SampleDraft draft = new SampleDraft();
        draft.name("queue_depth_max");
        draft.type(type);
        draft.value(value);
        draft.label("queue", "a");
        return RULES.validate(0, draft);
    }

    private static Sample maximum(double value) {
        return (Sample) validate("maximum", value);
    }

    /** What admission stores of the family, read back. */
    private static Family storedFamily() {
        Family family = maximum(0).family();
        return FamilyCodec.decode(family.name(), FamilyCodec.encode(family), KINDS);
    }

    @Test
    void maximum_isFoldedAndShown_whenItIsListed() {
        partition.append(new EntryId(1, 0), "acme", maximum(-7), maximum(-5));
        partition.append(new EntryId(2, 0), "acme", maximum(-6));
        assertThat(fold()).isEqualTo("FOLDED");
        partition.append(new EntryId(3, 0), "acme", maximum(-9));
        assertThat(fold()).isEqualTo("FOLDED");

        assertThat(scrape()).isEqualTo("""
                # TYPE queue_depth_max gauge
                queue_depth_max{queue="a"} -5
                """);
    }

    @Test
    void maximum_isNamed_whenASampleHasAnotherType() {
        assertThat(validate("minimum", 1))
                .isEqualTo(ValidationResult.Rejected.of(
                        0,
                        Reason.TYPE_UNKNOWN,
                        "type: 'minimum' is none of counter, gauge, histogram, summary, maximum"));
    }

    @Test
    void merge_rejects_whenADeltaOfAnotherKindMeetsIt() {
        SeriesDelta maximum = Maximum.INSTANCE.newDelta();

        for (AggregationKind kind : AggregationKinds.ALL.list()) {
            SeriesDelta other =
                    kind.parse(new SampleDraft(), TenantLimits.DEFAULTS).newDelta();

            assertThatIllegalArgumentException().isThrownBy(() -> maximum.merge(other));
            assertThatIllegalArgumentException().isThrownBy(() -> other.merge(maximum));
        }
    }

    /** Folds what is unread, as the aggregator does. Returns the tag of the answer. */
    private String fold() {
        FoldConnection consumer = partition.consumer(WORKER);
        FoldBatch batch = new FoldBatch(KINDS);
        try {
            for (ReadEntry entry : Partition.readNew(consumer)) {
                batch.add(entry.id(), entry.payload().orElseThrow());
            }
        } catch (MalformedEntryException e) {
            throw new AssertionError(e);
        }
        return call(batch).get(0).toString();
    }

    /** Calls the fold script, which includes one kind more, for a batch of one series. */
    private Response call(FoldBatch batch) {
        TenantDeltas tenant = batch.tenants().iterator().next();
        FamilyDeltas family = tenant.families().iterator().next();
        FoldBatch.Series series = family.series().iterator().next();
        List<String> keys = List.of(
                KEYSPACE.stream(0),
                KEYSPACE.totals(0),
                KEYSPACE.sweeps(0),
                KEYSPACE.tenantTotals(ACME),
                KEYSPACE.family(ACME, family.family().name()));
        Request request = Request.cmd(Command.EVAL).arg(script()).arg(keys.size());
        keys.forEach(request::arg);
        request.arg(Keyspace.GROUP).arg(WORKER).arg(0).arg(batch.entries().size());
        batch.entries().forEach(id -> request.arg(id.toString()));
        request.arg(1).arg(ACME.value()).arg(4);
        request.arg(tenant.samples()).arg(tenant.entries()).arg(tenant.entryBytes());
        char letter = family.family().aggregation().kind().code();
        request.arg(1).arg(5).arg(String.valueOf(letter)).arg(0).arg(1);
        request.arg(series.labels().bytes()).arg(series.delta().packedForFold());
        return redis.connections().send(request).await().indefinitely();
    }

    private static String script() {
        return ScriptText.read(
                        "fold_batch.lua",
                        file -> Optional.of(
                                switch (file) {
                                    case "lib/kinds.lua" ->
                                        ScriptFiles.read(file)
                                                .replace(
                                                        "local KINDS = {",
                                                        "-- @include lib/aggregations/maximum.lua\n"
                                                                + "local KINDS = {m = maximum, ");
                                    case "lib/aggregations/maximum.lua" -> maximumFile();
                                    default -> ScriptFiles.read(file);
                                }))
                .text();
    }

    private static String maximumFile() {
        try (InputStream in = Objects.requireNonNull(NewKindTest.class.getResourceAsStream("maximum.lua"))) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a scrape shows of the series. */
    private String scrape() {
        Sample sample = maximum(0);
        StoredSeries stored = StoredSeries.decode(storedFamily(), partition.storedBytes("acme", sample))
                .orElseThrow();
        TextWriter text = new TextWriter(64);
        text.beginFamily(storedFamily());
        text.writeSeries(sample.labels(), stored.snapshot(0));
        text.end();
        return new String(text.take(), UTF_8);
    }
}
