package dev.streamgauge.aggregator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.registry.StoredSeries;
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
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.TestLimits;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One tenant of a test: has samples admitted as ingest does, and reads what has become of them. */
public record Tenant(RedisTopology topology, TenantId id) {

    public static Tenant of(RedisTopology topology, String name) {
        return new Tenant(topology, new TenantId(name));
    }

    public Keyspace keyspace() {
        return topology.keyspace();
    }

    public int partition() {
        return keyspace().partitionOf(id);
    }

    /** The payload of an entry with that one sample. */
    public byte[] entry(Sample sample) {
        return EntryWriter.encode(id, List.of(sample)).getFirst();
    }

    /** Has samples admitted, each as an entry of its own, all at one moment. */
    public void admit(Sample... samples) {
        admit(List.of(samples), Stream.of(samples).map(this::entry).toList());
    }

    /** Has samples admitted, but appends these entries for them, which may hold anything. */
    public void admit(Collection<Sample> samples, List<byte[]> entries) {
        List<NewFamily> families = new ArrayList<>(samples.stream()
                .map(Sample::family)
                .collect(Collectors.toMap(Family::name, this::row, (first, second) -> first, TreeMap::new))
                .values());
        List<NewSeries> series = samples.stream()
                .map(sample -> new NewSeries(sample.family().name(), sample.labels()))
                .distinct()
                .toList();
        AdmissionRequest request = new AdmissionRequest(
                id,
                TestLimits.UNLIMITED,
                Optional.empty(),
                new byte[0],
                samples.size(),
                AdmissionRequest.Charge.ofValues(samples.size()),
                Optional.empty(),
                families,
                series,
                entries);
        List<AdmissionAnswer> answers = new AdmissionScript(topology, AdmissionTerms.DEFAULTS)
                .call(partition(), MemoryPressure.NONE, List.of(request))
                .await()
                .indefinitely();
        assertThat(answers).singleElement().isInstanceOf(AdmissionAnswer.Stored.class);
    }

    private NewFamily row(Family family) {
        return new NewFamily(family.name(), FamilyCodec.encode(family));
    }

    /** All that a scrape would find, a line each, by name: {@code orders_total{region="eu"} 3.0}. */
    public String shown() {
        RegistryReader reader = new RegistryReader(topology);
        TreeMap<String, String> lines = new TreeMap<>();
        reader.readFamilies(id).forEach((name, family) -> {
            SeriesPage page =
                    reader.readSeries(id, name, SeriesPage.END).await().indefinitely();
            assertThat(page.isLast()).isTrue();
            page.series()
                    .forEach(row -> StoredSeries.decode(family, row.value())
                            .ifPresent(stored -> lines.put(
                                    name + "{" + new String(row.labels(), StandardCharsets.UTF_8) + "} ",
                                    text(stored.total()))));
        });
        return lines.entrySet().stream()
                .map(line -> line.getKey() + line.getValue() + "\n")
                .collect(Collectors.joining());
    }

    private static String text(SeriesDelta total) {
        return switch (total) {
            case Counter.Delta counter -> "" + counter.value();
            case Gauge.Delta gauge -> "" + gauge.value();
            case Histogram.Delta histogram ->
                histogram.count(0) + " " + histogram.count(1) + " " + histogram.count(2) + " sum " + histogram.sum();
            case Summary.Delta summary -> "count " + summary.count() + " sum " + summary.sum();
            default -> throw new AssertionError(total);
        };
    }

    /** The scripts' counts: {@code accepted 3 folded 2 dead 1 pending 0}. */
    public String totals() {
        return Stream.of("accepted", "folded", "dead", "pending")
                .map(field -> field + " " + total(field))
                .collect(Collectors.joining(" "));
    }

    private long total(String field) {
        Response value = send(Command.HGET, keyspace().tenantTotals(id), field);
        return value == null ? 0 : value.toLong();
    }

    /** Entries in the tenant's stream. */
    public long streamLength() {
        return send(Command.XLEN, keyspace().stream(partition())).toLong();
    }

    /** The reasons of the dead letters in the tenant's partition, in their order. */
    public List<String> deadLetters() {
        List<String> reasons = new ArrayList<>();
        send(Command.XRANGE, keyspace().deadLetters(partition()), "-", "+")
                .forEach(row -> reasons.add(row.get(1).get(3).toString()));
        return reasons;
    }

    /** The pending entries of the tenant's partition with their consumers: {@code id consumer}, one each. */
    public List<String> pending() {
        List<String> rows = new ArrayList<>();
        send(Command.XPENDING, keyspace().stream(partition()), Keyspace.GROUP, "-", "+", "100")
                .forEach(row -> rows.add(row.get(0) + " " + row.get(1)));
        return rows;
    }

    /** How long the oldest pending entry of the tenant's partition has been idle. */
    public Duration idle() {
        return Duration.ofMillis(send(Command.XPENDING, keyspace().stream(partition()), Keyspace.GROUP, "-", "+", "1")
                .get(0)
                .get(2)
                .toLong());
    }

    /** The consumers of the tenant's partition. */
    public List<String> consumers() {
        List<String> names = new ArrayList<>();
        send(Command.XINFO, "CONSUMERS", keyspace().stream(partition()), Keyspace.GROUP)
                .forEach(row -> names.add(row.get(1).toString()));
        return names;
    }

    /** Appends an entry that ingest knows nothing of. */
    public void append(String field, byte[] value) {
        topology.forTenant(id)
                .send(Request.cmd(Command.XADD)
                        .arg(keyspace().stream(partition()))
                        .arg("*")
                        .arg(field)
                        .arg(value))
                .await()
                .indefinitely();
    }

    /** Puts a value of a later release in place of the value of a series. */
    public void store(String family, String labels, String value) {
        send(Command.HSET, keyspace().family(id, family), labels, value);
    }

    /** Puts a value in place of that of a sample's series. */
    public void store(Sample like, byte[] value) {
        topology.forTenant(id)
                .send(Request.cmd(Command.HSET)
                        .arg(keyspace().family(id, like.family().name()))
                        .arg(like.labels().bytes())
                        .arg(value))
                .await()
                .indefinitely();
    }

    /** Puts unexpected data in place of the value of a series. */
    public void spoil(String family, String labels) {
        send(Command.HSET, keyspace().family(id, family), labels, "something else");
    }

    /** Takes the value of a series away. */
    public void remove(String family, String labels) {
        send(Command.HDEL, keyspace().family(id, family), labels);
    }

    /** Sends a command; null for nil. */
    public Response send(Command command, String... arguments) {
        Request request = Request.cmd(command);
        Stream.of(arguments).forEach(request::arg);
        return topology.forTenant(id).send(request).await().indefinitely();
    }
}
