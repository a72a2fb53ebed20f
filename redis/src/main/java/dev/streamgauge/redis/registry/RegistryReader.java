package dev.streamgauge.redis.registry;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Reads a tenant's registry in pages, so that no call blocks Redis for more than a few milliseconds. Never reads
 * another tenant's keys.
 *
 * <p>Pages go through the shared connection, and fail with {@link RedisFailure}. Thread-safe.
 */
public final class RegistryReader {

    /** Fields that one call asks for: about a millisecond of Redis with packed histograms. */
    private static final int PAGE = 1_000;

    private static final RedisScript READ_CLOCK = RedisScript.load("read_clock.lua");

    private final RedisConnections connections;
    private final Keyspace keyspace;

    public RegistryReader(RedisConnections connections, Keyspace keyspace) {
        this.connections = connections;
        this.keyspace = keyspace;
    }

    /**
     * The time by which a tenant's series expire. Blocks.
     *
     * @throws RedisFailure also of the kind {@code ERROR}, if a key holds unexpected data
     */
    public RegistryClock readClock(TenantId tenant) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.stream(keyspace.partitionOf(tenant)));
        arguments.declare(keyspace.tenantTotals(tenant));
        Response answer =
                READ_CLOCK.call(connections::send, arguments).await().indefinitely(); // the connection has a deadline
        if (!answer.get(0).toString().equals("CLOCK")) {
            throw new RedisFailure(RedisFailure.Kind.ERROR, answer.get(1).toString());
        }
        return new RegistryClock(RedisReply.number(answer, 1), RedisReply.number(answer, 2));
    }

    /**
     * All families of a tenant, by name. Blocks, page by page.
     *
     * @throws IllegalArgumentException if a row is of an unknown version
     */
    public SortedMap<String, Family> readFamilies(TenantId tenant) {
        return readFamilies(tenant, RegistryReader::reject);
    }

    /**
     * All families of a tenant whose rows can be read, by name. Blocks, page by page.
     *
     * @param unreadable called for each row that cannot be read, with the family's name and the reason
     */
    public SortedMap<String, Family> readFamilies(
            TenantId tenant, BiConsumer<String, IllegalArgumentException> unreadable) {
        SortedMap<String, Family> families = new TreeMap<>();
        String cursor = SeriesPage.END;
        do {
            SeriesPage page =
                    scan(keyspace.families(tenant), cursor).await().indefinitely(); // the connection has a deadline
            for (SeriesPage.Row row : page.series()) {
                putFamily(families, new String(row.labels(), StandardCharsets.UTF_8), row.value(), unreadable);
            }
            cursor = page.cursor();
        } while (!cursor.equals(SeriesPage.END));
        return families;
    }

    /**
     * Those families of a tenant that exist, by name. Blocks.
     *
     * @throws IllegalArgumentException if a row is of an unknown version
     */
    public SortedMap<String, Family> readFamilies(TenantId tenant, Collection<String> names) {
        return readFamilies(tenant, names, RegistryReader::reject);
    }

    /**
     * Those families of a tenant that exist and whose rows can be read, by name. Blocks.
     *
     * @param unreadable called for each row that cannot be read, with the family's name and the reason
     */
    public SortedMap<String, Family> readFamilies(
            TenantId tenant, Collection<String> names, BiConsumer<String, IllegalArgumentException> unreadable) {
        SortedMap<String, Family> families = new TreeMap<>();
        List<String> asked = List.copyOf(names);
        if (asked.isEmpty()) {
            return Collections.emptySortedMap();
        }
        Request request = Request.cmd(Command.HMGET).arg(keyspace.families(tenant));
        asked.forEach(request::arg);
        Response rows = connections.send(request).await().indefinitely(); // the connection has a deadline
        for (int i = 0; i < asked.size(); i++) {
            if (rows.get(i) != null) {
                putFamily(families, asked.get(i), rows.get(i).toBytes(), unreadable);
            }
        }
        return families;
    }

    /**
     * A page of a family's series.
     *
     * @param cursor {@link SeriesPage#END} for the first, else that of the page before
     */
    public Uni<SeriesPage> readSeries(TenantId tenant, String family, String cursor) {
        return scan(keyspace.family(tenant, family), cursor);
    }

    private Uni<SeriesPage> scan(String key, String cursor) {
        Request request =
                Request.cmd(Command.HSCAN).arg(key).arg(cursor).arg("COUNT").arg(PAGE);
        return connections.send(request).map(RegistryReader::page);
    }

    private static SeriesPage page(Response response) {
        Response fields = response.get(1);
        List<SeriesPage.Row> rows = new ArrayList<>(fields.size() / 2);
        for (int i = 0; i < fields.size(); i += 2) {
            rows.add(new SeriesPage.Row(
                    fields.get(i).toBytes(), fields.get(i + 1).toBytes()));
        }
        return new SeriesPage(rows, response.get(0).toString());
    }

    private static void putFamily(
            SortedMap<String, Family> families,
            String name,
            byte[] row,
            BiConsumer<String, IllegalArgumentException> unreadable) {
        try {
            families.put(name, FamilyCodec.decode(name, row));
        } catch (IllegalArgumentException e) {
            unreadable.accept(name, e);
        }
    }

    private static void reject(String name, IllegalArgumentException reason) {
        throw new IllegalArgumentException("family " + name + ": " + reason.getMessage(), reason);
    }
}
