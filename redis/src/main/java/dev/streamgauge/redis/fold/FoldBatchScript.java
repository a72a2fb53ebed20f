package dev.streamgauge.redis.fold;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.entry.FoldBatch.FamilyDeltas;
import dev.streamgauge.core.entry.FoldBatch.TenantDeltas;
import dev.streamgauge.core.entry.FoldUnits;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.consumer.Consumer;
import io.vertx.redis.client.Response;
import java.util.Collection;
import java.util.function.Function;

/** Calls {@code fold_batch.lua}: folds a batch and acknowledges its entries, in one step. */
final class FoldBatchScript {

    private static final RedisScript SCRIPT = RedisScript.load("fold_batch.lua");

    /** For a call that may cost any number of units. */
    static final int ANY_UNITS = 0;

    private final Consumer consumer;
    private int foldedUnits;

    FoldBatchScript(Consumer consumer) {
        this.consumer = consumer;
    }

    /**
     * Calls it.
     *
     * @param maxUnits units that the call may cost, or {@link #ANY_UNITS}
     */
    FoldAnswer call(int partition, FoldBatch batch, Function<TenantId, SeriesExpiry> expiryOf, int maxUnits) {
        RedisScript.Arguments arguments = consumer.arguments(partition);
        arguments.declare(consumer.keyspace().totals(partition));
        arguments.declare(consumer.keyspace().sweeps(partition));
        arguments.add(consumer.name());
        arguments.add(maxUnits);
        arguments.add(batch.entries().size());
        batch.entries().stream().sorted().forEach(id -> arguments.add(id.toString()));
        arguments.add(batch.tenants().size());
        batch.tenants().forEach(tenant -> addTenant(arguments, tenant, expiryOf.apply(tenant.tenant())));
        return answer(consumer.call(SCRIPT, arguments));
    }

    private void addTenant(RedisScript.Arguments arguments, TenantDeltas tenant, SeriesExpiry expiry) {
        Keyspace keyspace = consumer.keyspace();
        arguments.add(tenant.tenant().bytes()).addKey(keyspace.tenantTotals(tenant.tenant()));
        arguments.add(tenant.samples()).add(tenant.entries()).add(tenant.entryBytes());
        Collection<FamilyDeltas> families = tenant.families();
        arguments.add(families.size());
        for (FamilyDeltas family : families) {
            Aggregation aggregation = family.family().aggregation();
            arguments.addKey(keyspace.family(tenant.tenant(), family.family().name()));
            arguments.add(String.valueOf(aggregation.kind().code()));
            arguments.add(expiry.secondsOf(aggregation.type()));
            arguments.add(family.series().size());
            family.series().forEach(series -> arguments.add(series.labels().bytes()));
            family.series().forEach(series -> arguments.add(series.delta().packedForFold()));
        }
    }

    private FoldAnswer answer(Response answer) {
        return switch (answer.get(0).toString()) {
            case "FOLDED" -> {
                foldedUnits = RedisReply.count(answer, 2);
                yield new FoldAnswer.Folded(RedisReply.count(answer, 1));
            }
            case "STALE" -> new FoldAnswer.Stale(EntryId.parse(answer.get(1).toString()));
            case "NOGROUP" -> new FoldAnswer.NoGroup();
            case "SPLIT" -> new FoldAnswer.Split(RedisReply.count(answer, 1));
            case "UNREADABLE" -> new FoldAnswer.Unreadable(answer.get(1).toString());
            default -> new FoldAnswer.Broken(answer.get(1).toString());
        };
    }

    /** What the last batch that was folded has cost, in {@link FoldUnits}; 0 before. */
    int foldedUnits() {
        return foldedUnits;
    }
}
