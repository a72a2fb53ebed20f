package dev.streamgauge.redis.usage;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads how much a tenant has and has sent. Never reads another tenant's keys. Thread-safe. */
public final class UsageReader {

    /** Families that one call asks for: well below a millisecond of Redis. */
    private static final int PAGE = 500;

    private static final String FIRST_CURSOR = "0";

    private static final List<String> FIELDS = List.of(
            "series",
            "accepted",
            "folded",
            "dead",
            "pending",
            "pushed",
            "backlog",
            "since",
            "registry_bytes",
            "backlog_bytes",
            "stale");

    /** Three numbers: that of a window, and the bytes of its records and of those of the window before. */
    private static final String RECORDS = "idempotency";

    private static final int RECORDS_LENGTH = 3 * Double.BYTES;

    private final RedisTopology topology;
    private final Keyspace keyspace;

    public UsageReader(RedisTopology topology) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
    }

    /** How much the tenant has and has sent. Costs the same for all tenants. Fails with {@link RedisFailure}. */
    public Uni<TenantUsage> read(TenantId tenant) {
        Request counters = Request.cmd(Command.HMGET).arg(keyspace.tenantTotals(tenant));
        FIELDS.forEach(counters::arg);
        counters.arg(RECORDS);
        // Folding deletes its entries, so the stream's first entry is the oldest that is not folded.
        Request oldest = Request.cmd(Command.XRANGE)
                .arg(keyspace.stream(keyspace.partitionOf(tenant)))
                .arg("-")
                .arg("+")
                .arg("COUNT")
                .arg(1);
        // There are fewer reasons than Redis keeps in one block, so this is all of them.
        Request rejected = Request.cmd(Command.HSCAN)
                .arg(keyspace.tenantRejections(tenant))
                .arg(FIRST_CURSOR)
                .arg("COUNT")
                .arg(PAGE);
        RedisConnections connections = topology.forTenant(tenant);
        return Uni.combine()
                .all()
                .unis(
                        connections.send(Request.cmd(Command.TIME)),
                        connections.send(counters),
                        connections.send(rejected),
                        connections.send(Request.cmd(Command.HLEN).arg(keyspace.families(tenant))),
                        connections.send(oldest))
                .with(UsageReader::usage);
    }

    private static TenantUsage usage(
            Response time, Response counters, Response rejected, Response families, Response entries) {
        Map<String, Long> read = new HashMap<>();
        for (int i = 0; i < FIELDS.size(); i++) {
            read.put(FIELDS.get(i), counters.get(i) == null ? 0 : RedisReply.number(counters, i));
        }
        long pushedMillis = read.getOrDefault("pushed", 0L);
        long nowMillis = RedisReply.number(time, 0) * 1000 + RedisReply.number(time, 1) / 1000;
        long backlog = read.getOrDefault("backlog", 0L);
        TenantUsage.Bytes bytes = new TenantUsage.Bytes(
                read.getOrDefault("registry_bytes", 0L),
                backlog > 0 ? read.getOrDefault("backlog_bytes", 0L) : 0,
                recordBytes(counters.get(FIELDS.size()), nowMillis));
        return new TenantUsage(
                read.getOrDefault("series", 0L),
                RedisReply.number(families),
                read.getOrDefault("accepted", 0L),
                read.getOrDefault("folded", 0L),
                read.getOrDefault("dead", 0L),
                read.getOrDefault("pending", 0L),
                read.getOrDefault("stale", 0L),
                rejected(rejected.get(1)),
                pushedMillis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(pushedMillis)),
                backlog,
                bytes,
                oldestUnfolded(backlog, read.getOrDefault("since", 0L), entries, nowMillis));
    }

    /** As admit_requests.lua reads the field: records of this window and of the one before are left. */
    private static long recordBytes(@Nullable Response field, long nowMillis) {
        byte[] packed = field == null ? new byte[0] : field.toBytes();
        if (packed.length != RECORDS_LENGTH) {
            return 0;
        }
        ByteBuffer records = ByteBuffer.wrap(packed);
        long window = nowMillis / AdmissionScript.IDEMPOTENCY_WINDOW.toMillis();
        long windowsAgo = window - (long) records.getDouble();
        double bytes = records.getDouble();
        if (windowsAgo <= 0) {
            return (long) (bytes + records.getDouble());
        }
        return windowsAgo == 1 ? (long) bytes : 0;
    }

    private static SortedMap<String, Long> rejected(Response pairs) {
        SortedMap<String, Long> rejected = new TreeMap<>();
        for (int i = 0; i < pairs.size(); i += 2) {
            rejected.put(pairs.get(i).toString(StandardCharsets.UTF_8), RedisReply.number(pairs, i + 1));
        }
        return rejected;
    }

    private static Duration oldestUnfolded(long backlog, long sinceMillis, Response entries, long nowMillis) {
        if (backlog <= 0 || entries.size() == 0) {
            return Duration.ZERO;
        }
        long oldestMillis = EntryId.parse(entries.get(0).get(0).toString()).millis();
        return Duration.ofMillis(Math.max(0, nowMillis - Math.max(sinceMillis, oldestMillis)));
    }

    /**
     * The tenant's families with most series, the largest first. Blocks. Reads the size of each family of the tenant,
     * page by page, so call it rarely.
     *
     * @param most maximum number of families, 1 or more
     * @throws RedisFailure if Redis cannot be read
     */
    public List<FamilySize> readLargestFamilies(TenantId tenant, int most) {
        TreeSet<FamilySize> largest = new TreeSet<>(); // a name that comes twice while the hash shrinks is one
        String cursor = FIRST_CURSOR;
        do {
            Response page = topology.forTenant(tenant)
                    .send(Request.cmd(Command.HSCAN)
                            .arg(keyspace.families(tenant))
                            .arg(cursor)
                            .arg("COUNT")
                            .arg(PAGE))
                    .await()
                    .indefinitely(); // the connection has a deadline
            cursor = page.get(0).toString();
            for (FamilySize family : sizes(tenant, page.get(1))) {
                largest.add(family);
                if (largest.size() > most) {
                    largest.pollLast();
                }
            }
        } while (!cursor.equals(FIRST_CURSOR));
        return List.copyOf(largest);
    }

    private List<FamilySize> sizes(TenantId tenant, Response rows) {
        RedisConnections connections = topology.forTenant(tenant);
        List<String> names = new ArrayList<>(rows.size() / 2);
        List<Uni<Response>> lengths = new ArrayList<>(rows.size() / 2);
        for (int i = 0; i < rows.size(); i += 2) {
            String name = rows.get(i).toString(StandardCharsets.UTF_8);
            names.add(name);
            lengths.add(connections.send(Request.cmd(Command.HLEN).arg(keyspace.family(tenant, name))));
        }
        if (names.isEmpty()) {
            return List.of();
        }
        // A call each, so that Redis serves others in between; all under way at once.
        List<Response> answers = Uni.join().all(lengths).andFailFast().await().indefinitely(); // each has a deadline
        List<FamilySize> sizes = new ArrayList<>(names.size());
        for (int i = 0; i < names.size(); i++) {
            sizes.add(new FamilySize(names.get(i), RedisReply.number(answers.get(i))));
        }
        return sizes;
    }
}
