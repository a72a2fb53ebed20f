package dev.streamgauge.redis.accounting;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.registry.FamilyNames;
import dev.streamgauge.redis.registry.HashScan;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
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

    private static final List<Total> TOTALS = List.of(
            Total.SERIES,
            Total.ACCEPTED,
            Total.FOLDED,
            Total.DEAD,
            Total.PENDING,
            Total.PUSHED_AT,
            Total.BACKLOG,
            Total.BACKLOG_SINCE,
            Total.REGISTRY_BYTES,
            Total.BACKLOG_BYTES,
            Total.STALE);

    /** Three numbers: that of a window, and the bytes of its records and of those of the window before. */
    private static final String RECORDS = "idempotency";

    private static final int RECORDS_LENGTH = 3 * Double.BYTES;

    private final RedisTopology topology;
    private final Keyspace keyspace;
    private final RegistryReader registries;

    public UsageReader(RedisTopology topology) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
        this.registries = new RegistryReader(topology);
    }

    /** How much the tenant has and has sent. Costs the same for all tenants. Fails with {@link RedisFailure}. */
    public Uni<TenantUsage> read(TenantId tenant) {
        Request counters = Totals.request(keyspace.tenantTotals(tenant), TOTALS).arg(RECORDS);
        // Folding deletes its entries, so the stream's first entry is the oldest that is not folded.
        Request oldest = Request.cmd(Command.XRANGE)
                .arg(keyspace.stream(keyspace.partitionOf(tenant)))
                .arg("-")
                .arg("+")
                .arg("COUNT")
                .arg(1);
        // There are fewer reasons than Redis keeps in one block, so this is all of them.
        Request rejected = HashScan.request(keyspace.tenantRejections(tenant), SeriesPage.END, PAGE);
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
        Totals totals = Totals.of(TOTALS, counters);
        long pushedMillis = totals.get(Total.PUSHED_AT);
        long nowMillis = RedisReply.number(time, 0) * 1000 + RedisReply.number(time, 1) / 1000;
        long backlog = totals.get(Total.BACKLOG);
        TenantUsage.Bytes bytes = new TenantUsage.Bytes(
                totals.get(Total.REGISTRY_BYTES),
                backlog > 0 ? totals.get(Total.BACKLOG_BYTES) : 0,
                recordBytes(counters.get(TOTALS.size()), nowMillis));
        return new TenantUsage(
                totals.get(Total.SERIES),
                RedisReply.number(families),
                totals.get(Total.ACCEPTED),
                totals.get(Total.FOLDED),
                totals.get(Total.DEAD),
                totals.get(Total.PENDING),
                totals.get(Total.STALE),
                rejected(rejected),
                pushedMillis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(pushedMillis)),
                backlog,
                bytes,
                oldestUnfolded(backlog, totals.get(Total.BACKLOG_SINCE), entries, nowMillis));
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

    private static SortedMap<String, Long> rejected(Response page) {
        SortedMap<String, Long> rejected = new TreeMap<>();
        HashScan.fields(page, (reason, samples) -> Map.entry(text(reason), Long.valueOf(text(samples))))
                .forEach(each -> rejected.put(each.getKey(), each.getValue()));
        return rejected;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
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
        String cursor = SeriesPage.END;
        FamilyNames page;
        do {
            page = registries.readNames(tenant, cursor, PAGE);
            cursor = page.cursor();
            for (FamilySize family : sizes(tenant, page.names())) {
                largest.add(family);
                if (largest.size() > most) {
                    largest.pollLast();
                }
            }
        } while (!page.isLast());
        return List.copyOf(largest);
    }

    private List<FamilySize> sizes(TenantId tenant, List<String> names) {
        if (names.isEmpty()) {
            return List.of();
        }
        RedisConnections connections = topology.forTenant(tenant);
        List<Uni<Response>> lengths = names.stream()
                .map(name -> connections.send(Request.cmd(Command.HLEN).arg(keyspace.family(tenant, name))))
                .toList();
        // A call each, so that Redis serves others in between; all under way at once.
        List<Response> answers = Uni.join().all(lengths).andFailFast().await().indefinitely(); // each has a deadline
        List<FamilySize> sizes = new ArrayList<>(names.size());
        for (int i = 0; i < names.size(); i++) {
            sizes.add(new FamilySize(names.get(i), RedisReply.number(answers.get(i))));
        }
        return sizes;
    }
}
