package dev.streamgauge.redis.differential;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RegistryBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What Redis holds of a partition, in the lines of {@link ReferenceStore#describe}. */
final class StoredState {

    private final RealRedis redis;
    private final Keyspace keyspace;
    private final Set<String> lines = new TreeSet<>();

    private StoredState(RealRedis redis, Keyspace keyspace) {
        this.redis = redis;
        this.keyspace = keyspace;
    }

    /** Of tenants for whom that holds, the bytes of the registry are not compared with what is stored. */
    static Set<String> describe(
            RealRedis redis,
            Keyspace keyspace,
            int partition,
            List<TenantId> tenants,
            Predicate<TenantId> isEstimated) {
        StoredState state = new StoredState(redis, keyspace);
        tenants.forEach(tenant -> state.addTenant(tenant, isEstimated.test(tenant)));
        state.addPartition(partition);
        return state.lines;
    }

    private void addTenant(TenantId tenant, boolean isEstimated) {
        String totals = keyspace.tenantTotals(tenant);
        if (redis.number("EXISTS", totals) == 0) {
            return;
        }
        lines.add(tenant + " counts " + counts(totals) + " backlog=" + number(totals, "backlog") + " of "
                + number(totals, "backlog_bytes") + " bytes, series=" + number(totals, "series")
                + (isEstimated ? "" : bytes(tenant)));
        String families = keyspace.families(tenant);
        for (String name : texts("HKEYS", families)) {
            byte[] row = redis.field(families, name.getBytes(StandardCharsets.UTF_8));
            lines.add(tenant + " family " + name + " " + HexFormat.of().formatHex(row));
            addSeries(tenant, FamilyCodec.decode(name, row));
        }
    }

    /** Compares the bytes of the registry with the length of its texts and the encoding of its hashes. */
    private String bytes(TenantId tenant) {
        long counted = RegistryBytes.count(redis, keyspace, tenant);
        long stored = number(keyspace.tenantTotals(tenant), "registry_bytes");
        return counted == stored ? ", bytes are right" : ", bytes are " + stored + " and should be " + counted;
    }

    private void addSeries(TenantId tenant, Family family) {
        String key = keyspace.family(tenant, family.name());
        for (String labels : texts("HKEYS", key)) {
            byte[] value = redis.field(key, labels.getBytes(StandardCharsets.UTF_8));
            Optional<StoredSeries> stored = StoredSeries.decode(family, value);
            lines.add(tenant + " series " + family.name() + "{" + labels + "} "
                    + stored.map(StoredState::words).orElse("registered"));
        }
    }

    private static String words(StoredSeries series) {
        return switch (series.total()) {
            case Counter.Delta counter -> "counter " + counter.value();
            case Gauge.Delta gauge -> "gauge " + gauge.value();
            case Histogram.Delta histogram -> {
                List<Long> counts = new ArrayList<>();
                for (int i = 0; i < histogram.layout().bucketCount(); i++) {
                    counts.add((long) histogram.count(i));
                }
                yield "histogram " + histogram.sum() + " " + counts;
            }
            case Summary.Delta summary ->
                "summary " + summary.sum() + " " + (long) summary.count() + " "
                        + ReferenceSeries.quantiles(summary, series.created().toEpochMilli());
            default -> throw new AssertionError(series);
        };
    }

    private void addPartition(int partition) {
        String totals = keyspace.totals(partition);
        lines.add("partition counts " + counts(totals) + " buried=" + number(totals, "buried") + " lost="
                + number(totals, "lost") + " saturated=" + number(totals, "saturated") + " dead letters="
                + redis.number("XLEN", keyspace.deadLetters(partition)));
        String stream = keyspace.stream(partition);
        for (Object row : list("XRANGE", stream, "-", "+")) {
            lines.add("entry " + ((List<?>) row).getFirst());
        }
        for (Object row : list("XPENDING", stream, Keyspace.GROUP, "-", "+", "100000")) {
            List<?> held = (List<?>) row;
            lines.add("entry " + held.get(0) + " held by " + held.get(1));
        }
    }

    private Counts counts(String key) {
        return new Counts(number(key, "accepted"), number(key, "folded"), number(key, "dead"), number(key, "pending"));
    }

    private long number(String key, String field) {
        Object value = redis.command("HGET", key, field);
        return value == null ? 0 : Long.parseLong(String.valueOf(value));
    }

    private List<String> texts(String... words) {
        return list(words).stream().map(String::valueOf).collect(Collectors.toList());
    }

    private List<?> list(String... words) {
        return (List<?>) Objects.requireNonNull(redis.command(words));
    }
}
