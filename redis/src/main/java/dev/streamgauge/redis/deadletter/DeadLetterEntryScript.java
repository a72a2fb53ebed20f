package dev.streamgauge.redis.deadletter;

import dev.streamgauge.core.entry.EntryReader;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.consumer.Consumer;
import dev.streamgauge.redis.consumer.ReadEntry;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Calls {@code dead_letter_entry.lua}: moves an entry to the dead letters, its partition's and its tenant's. */
public final class DeadLetterEntryScript {

    private static final RedisScript SCRIPT = RedisScript.load("dead_letter_entry.lua");

    /** Dead letters kept in a partition. */
    private static final int MAX_DEAD_LETTERS = 1_000;

    /** Dead letters kept of a tenant, for itself to read. */
    private static final int MAX_TENANT_DEAD_LETTERS = 100;

    /** Bounds of the names that a dead letter gives its tenant. */
    private static final int MAX_METRICS = 20;

    private static final int MAX_METRICS_LENGTH = 4_000;

    /** Separates names. A name that contains it, or another invalid character, was never admitted. */
    private static final String METRICS_SEPARATOR = ",";

    private static final Pattern METRIC = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");

    private final Consumer consumer;

    public DeadLetterEntryScript(Consumer consumer) {
        this.consumer = consumer;
    }

    /** Moves an entry of a partition that can never be folded. */
    public DeadLetterResult call(int partition, ReadEntry entry, DeadLetterReason cause) {
        Keyspace keyspace = consumer.keyspace();
        Optional<EntryReader.Header> header = entry.payload().flatMap(EntryReader::header);
        // An entry may name any tenant; one of another partition has its keys in another slot.
        Optional<TenantId> tenant =
                header.map(EntryReader.Header::tenant).filter(known -> keyspace.partitionOf(known) == partition);
        RedisScript.Arguments arguments = consumer.arguments(partition);
        arguments.declare(keyspace.totals(partition));
        arguments.declare(keyspace.deadLetters(partition));
        tenant.ifPresent(known -> {
            arguments.declare(keyspace.tenantTotals(known));
            arguments.declare(keyspace.tenantDeadLetters(known));
        });
        arguments
                .add(consumer.name())
                .add(entry.id().toString())
                .add(header.map(EntryReader.Header::samples).orElse(0))
                .add(cause.reason())
                .add(cause.message())
                .add(tenant.map(TenantId::toString).orElse(""))
                .add(metrics(entry))
                .add(MAX_DEAD_LETTERS)
                .add(MAX_TENANT_DEAD_LETTERS);
        return result(consumer.call(SCRIPT, arguments));
    }

    private static String metrics(ReadEntry entry) {
        StringBuilder metrics = new StringBuilder();
        entry.payload().map(EntryReader::familyNames).orElse(List.of()).stream()
                .filter(name -> METRIC.matcher(name).matches())
                .limit(MAX_METRICS)
                .takeWhile(name -> metrics.length() + name.length() <= MAX_METRICS_LENGTH)
                .forEach(name -> metrics.append(metrics.isEmpty() ? "" : METRICS_SEPARATOR)
                        .append(name));
        return metrics.toString();
    }

    private static DeadLetterResult result(Response answer) {
        return switch (answer.get(0).toString()) {
            case "DEAD_LETTERED" -> new DeadLetterResult.DeadLettered();
            case "LOST" -> new DeadLetterResult.Lost();
            case "STALE" -> new DeadLetterResult.Stale();
            default -> new DeadLetterResult.Broken(answer.get(1).toString());
        };
    }
}
