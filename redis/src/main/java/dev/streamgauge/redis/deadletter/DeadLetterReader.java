package dev.streamgauge.redis.deadletter;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the dead letters of one tenant. Thread-safe. */
public final class DeadLetterReader {

    private static final String METRICS_SEPARATOR = ",";

    private final RedisTopology topology;
    private final Keyspace keyspace;

    public DeadLetterReader(RedisTopology topology) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
    }

    /**
     * The last dead letters of a tenant, newest first. A field that an entry lacks is empty. Fails with
     * {@link RedisFailure}, also if the key is of another type.
     *
     * @param limit maximum number of dead letters, 1 or more
     */
    public Uni<List<DeadLetter>> readNewest(TenantId tenant, int limit) {
        Request request = Request.cmd(Command.XREVRANGE)
                .arg(keyspace.tenantDeadLetters(tenant))
                .arg("+")
                .arg("-")
                .arg("COUNT")
                .arg(limit);
        return topology.forTenant(tenant).send(request).map(DeadLetterReader::deadLetters);
    }

    private static List<DeadLetter> deadLetters(Response rows) {
        List<DeadLetter> deadLetters = new ArrayList<>(rows.size());
        for (Response row : rows) {
            deadLetters.add(deadLetter(EntryId.parse(row.get(0).toString()), fields(row.get(1))));
        }
        return deadLetters;
    }

    private static DeadLetter deadLetter(EntryId id, Map<String, String> fields) {
        String metrics = fields.getOrDefault("metrics", "");
        return new DeadLetter(
                Instant.ofEpochMilli(id.millis()),
                fields.getOrDefault("id", ""),
                fields.getOrDefault("reason", ""),
                fields.getOrDefault("message", ""),
                samples(fields.getOrDefault("samples", "")),
                metrics.isEmpty() ? List.of() : List.of(metrics.split(METRICS_SEPARATOR, -1)));
    }

    private static Map<String, String> fields(Response pairs) {
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            fields.put(
                    pairs.get(i).toString(StandardCharsets.UTF_8),
                    pairs.get(i + 1).toString(StandardCharsets.UTF_8));
        }
        return fields;
    }

    private static long samples(String text) {
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
    }
}
