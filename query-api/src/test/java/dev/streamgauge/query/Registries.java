package dev.streamgauge.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionRequest.NewFamily;
import dev.streamgauge.redis.admission.AdmissionRequest.NewSeries;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.deadletter.DeadLetterResult;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.TestLimits;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Fills the registries of tenants as ingest and the aggregator do, through the same two scripts. */
public final class Registries {

    private static final int SAMPLES_A_PUSH = 500;

    /** As the defaults, without a rate. */
    private final RedisTopology topology;

    private final Keyspace keyspace;
    private final AdmissionScript admission;

    public Registries(RedisTopology topology) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
        this.admission = new AdmissionScript(topology, AdmissionTerms.DEFAULTS);
    }

    /** Deletes everything. */
    public void clear() {
        topology.forDirectory().send(Request.cmd(Command.FLUSHALL)).await().indefinitely();
    }

    /** Admits the samples and folds them. */
    public void push(String tenant, Sample... samples) {
        push(tenant, List.of(samples));
    }

    /** Admits the samples and folds them. */
    public void push(String tenant, List<Sample> samples) {
        for (int from = 0; from < samples.size(); from += SAMPLES_A_PUSH) {
            admit(tenant, samples.subList(from, Math.min(from + SAMPLES_A_PUSH, samples.size())));
            fold(SeriesExpiry.NEVER);
        }
    }

    /** Admits a sample and folds it, for a tenant whose series expire. */
    public void push(String tenant, SeriesExpiry expiry, Sample sample) {
        admit(tenant, List.of(sample));
        fold(expiry);
    }

    /** Admits the samples; they wait to be folded. */
    public void admit(String tenant, List<Sample> samples) {
        TenantId id = new TenantId(tenant);
        AdmissionRequest request = new AdmissionRequest(
                id,
                TestLimits.UNLIMITED,
                Optional.empty(),
                new byte[0],
                samples.size(),
                AdmissionRequest.Charge.ofValues(samples.size()),
                Optional.empty(),
                samples.stream()
                        .map(Sample::family)
                        .distinct()
                        .map(family -> new NewFamily(family.name(), FamilyCodec.encode(family)))
                        .toList(),
                samples.stream()
                        .map(sample -> new NewSeries(sample.family().name(), sample.labels()))
                        .distinct()
                        .toList(),
                EntryWriter.encode(id, samples));
        List<AdmissionAnswer> answers = admission
                .call(keyspace.partitionOf(id), MemoryPressure.NONE, List.of(request))
                .await()
                .indefinitely();
        assertThat(answers).hasOnlyElementsOfType(AdmissionAnswer.Stored.class);
    }

    private void fold(SeriesExpiry expiry) {
        try (FoldConnection connection = FoldConnection.open(topology.nodes().getFirst(), "test")) {
            connection.createGroups();
            for (Map.Entry<Integer, List<ReadEntry>> read :
                    connection.readNew(200).entrySet()) {
                for (ReadEntry entry : read.getValue()) { // alone, so that no batch is too large
                    FoldBatch batch = new FoldBatch();
                    batch.add(entry.id(), entry.payload().orElseThrow());
                    assertThat(connection.fold(read.getKey(), batch, any -> expiry))
                            .isInstanceOf(FoldAnswer.Folded.class);
                }
            }
        } catch (MalformedEntryException e) {
            throw new AssertionError(e);
        }
    }

    /** Admits the samples as one entry, and makes it a dead letter. Returns the entry's id. */
    public String deadLetter(String tenant, DeadLetterReason reason, Sample... samples) {
        admit(tenant, List.of(samples));
        try (FoldConnection connection = FoldConnection.open(topology.nodes().getFirst(), "test")) {
            connection.createGroups();
            int partition = keyspace.partitionOf(new TenantId(tenant));
            List<ReadEntry> read = connection.readNew(1).getOrDefault(partition, List.of());
            assertThat(read).hasSize(1);
            assertThat(connection.deadLetter(partition, read.getFirst(), reason))
                    .isEqualTo(new DeadLetterResult.DeadLettered());
            return read.getFirst().id().toString();
        }
    }

    /** Overwrites the value of a series. */
    public void poison(String tenant, String family, String labels, byte[] value) {
        setField(keyspace.family(new TenantId(tenant), family), labels, value);
    }

    /** The stored value of a series. */
    public byte[] value(String tenant, String family, String labels) {
        Request request = Request.cmd(Command.HGET)
                .arg(keyspace.family(new TenantId(tenant), family))
                .arg(labels);
        return topology.forDirectory().send(request).await().indefinitely().toBytes();
    }

    /** Replaces the series of a family by a key of another type. */
    public void replaceFamily(String tenant, String family) {
        setUnexpected(keyspace.family(new TenantId(tenant), family));
    }

    /** Overwrites the row of a family. */
    public void poisonFamily(String tenant, String family, byte[] row) {
        setField(keyspace.families(new TenantId(tenant)), family, row);
    }

    /** Replaces a key by a string. */
    public void setUnexpected(String key) {
        topology.forDirectory()
                .send(Request.cmd(Command.SET).arg(key).arg("unexpected"))
                .await()
                .indefinitely();
    }

    /** Sets a field of a hash. */
    public void setField(String key, String field, String value) {
        setField(key, field, value.getBytes(StandardCharsets.UTF_8));
    }

    private void setField(String key, String field, byte[] value) {
        topology.forDirectory()
                .send(Request.cmd(Command.HSET)
                        .arg(key)
                        .arg(field.getBytes(StandardCharsets.UTF_8))
                        .arg(value))
                .await()
                .indefinitely();
    }

    /** How often Redis has run a command since its start. */
    public long calls(String command) {
        String stats = String.valueOf(topology.forDirectory()
                .send(Request.cmd(Command.INFO).arg("commandstats"))
                .await()
                .indefinitely());
        String prefix = "cmdstat_" + command + ":calls=";
        return stats.lines()
                .filter(line -> line.startsWith(prefix))
                .mapToLong(line -> Long.parseLong(line, prefix.length(), line.indexOf(','), 10))
                .sum();
    }
}
