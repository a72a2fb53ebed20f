package dev.streamgauge.redis.registry;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/**
 * Reads a tenant's registry in pages, so that no call blocks Redis for more than a few milliseconds. Never reads
 * another tenant's keys.
 *
 * <p>Pages go through the shared connection, and fail with {@link RedisFailure}. Thread-safe.
 */
public final class RegistryReader {

    /** Families that one call asks for; a row may have a name, a help text and bounds of 15 KiB. */
    private static final int FAMILIES = 100;

    /** Series that the first page of a family asks for: their size is not known yet, and each may have 250 KiB. */
    private static final int FIRST_SERIES = 16;

    /** Series that a page asks for at most: about a millisecond of Redis with packed histograms. */
    private static final int MOST_SERIES = 1_000;

    /** What a page after the first asks for, by the size of the series before it. */
    private static final int PAGE_BYTES = 256 * 1024;

    /** Separates the two parts of a cursor: that of Redis, and the number of series to ask for. */
    private static final char CURSOR_SEPARATOR = '/';

    private static final RedisScript READ_CLOCK = RedisScript.load("read_clock.lua");

    private final RedisTopology topology;
    private final Keyspace keyspace;

    public RegistryReader(RedisTopology topology) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
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
        Response answer = READ_CLOCK
                .call(topology.forTenant(tenant)::send, arguments)
                .await()
                .indefinitely(); // the connection has a deadline
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
            FamilyList page = readFamilies(tenant, cursor, unreadable);
            page.families().forEach(family -> families.put(family.name(), family));
            cursor = page.cursor();
        } while (!cursor.equals(SeriesPage.END));
        return families;
    }

    /**
     * Some families of a tenant whose rows can be read. Blocks. For tenants with so many families that not all should be
     * in memory.
     *
     * @param cursor {@link SeriesPage#END} for the first page, else that of the page before
     * @param unreadable called for each row that cannot be read, with the family's name and the reason
     */
    public FamilyList readFamilies(
            TenantId tenant, String cursor, BiConsumer<String, IllegalArgumentException> unreadable) {
        Response page = scan(tenant, keyspace.families(tenant), cursor, FAMILIES)
                .await()
                .indefinitely(); // has a deadline
        SortedMap<String, Family> families = new TreeMap<>();
        long bytes = 0;
        for (SeriesPage.Row row : rows(page)) {
            putFamily(families, new String(row.labels(), StandardCharsets.UTF_8), row.value(), unreadable);
            bytes += row.bytes();
        }
        return new FamilyList(List.copyOf(families.values()), bytes, HashScan.cursor(page));
    }

    /**
     * Some names of a tenant's families. Blocks.
     *
     * @param cursor {@link SeriesPage#END} for the first page, else that of the page before
     * @param count how many to ask for
     */
    public FamilyNames readNames(TenantId tenant, String cursor, int count) {
        Response page =
                scan(tenant, keyspace.families(tenant), cursor, count).await().indefinitely(); // has a deadline
        List<String> names = rows(page).stream()
                .map(row -> new String(row.labels(), StandardCharsets.UTF_8))
                .distinct()
                .toList();
        return new FamilyNames(names, HashScan.cursor(page));
    }

    /** Those of some names that are families of a tenant. */
    public Uni<Set<String>> findFamilies(TenantId tenant, Collection<String> names) {
        List<String> asked = List.copyOf(names);
        List<List<String>> calls = new ArrayList<>();
        for (int from = 0; from < asked.size(); from += FAMILIES) {
            calls.add(asked.subList(from, Math.min(from + FAMILIES, asked.size())));
        }
        return Multi.createFrom()
                .iterable(calls)
                .onItem()
                .transformToUniAndConcatenate(call -> readRows(tenant, call).map(rows -> present(call, rows)))
                .collect()
                .in(HashSet::new, Set::addAll);
    }

    private static List<String> present(List<String> asked, Response rows) {
        return IntStream.range(0, asked.size())
                .filter(i -> rows.get(i) != null)
                .mapToObj(asked::get)
                .toList();
    }

    private Uni<Response> readRows(TenantId tenant, List<String> names) {
        Request request = Request.cmd(Command.HMGET).arg(keyspace.families(tenant));
        names.forEach(request::arg);
        return topology.forTenant(tenant).send(request);
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
        Response rows = readRows(tenant, asked).await().indefinitely(); // the connection has a deadline
        for (int i = 0; i < asked.size(); i++) {
            if (rows.get(i) != null) {
                putFamily(families, asked.get(i), rows.get(i).toBytes(), unreadable);
            }
        }
        return families;
    }

    /**
     * A page of a family's series. The first page is small, and the size of its series decides how many the next one
     * asks for, so that a page of large series does not fill the memory.
     *
     * @param cursor {@link SeriesPage#END} for the first, else that of the page before
     */
    public Uni<SeriesPage> readSeries(TenantId tenant, String family, String cursor) {
        int separator = cursor.indexOf(CURSOR_SEPARATOR);
        String position = separator < 0 ? cursor : cursor.substring(0, separator);
        int count = separator < 0 ? FIRST_SERIES : Integer.parseInt(cursor, separator + 1, cursor.length(), 10);
        return scan(tenant, keyspace.family(tenant, family), position, count).map(RegistryReader::page);
    }

    private Uni<Response> scan(TenantId tenant, String key, String position, int count) {
        return topology.forTenant(tenant).send(HashScan.request(key, position, count));
    }

    private static SeriesPage page(Response response) {
        List<SeriesPage.Row> rows = rows(response);
        String position = HashScan.cursor(response);
        return new SeriesPage(
                rows,
                position.equals(SeriesPage.END) ? SeriesPage.END : position + CURSOR_SEPARATOR + countAfter(rows));
    }

    private static List<SeriesPage.Row> rows(Response response) {
        return HashScan.fields(response, SeriesPage.Row::new);
    }

    /** A hash returns its fields in an order that no sender can choose, so the next ones have the same size on average. */
    private static long countAfter(List<SeriesPage.Row> rows) {
        long bytes = rows.stream().mapToLong(SeriesPage.Row::bytes).sum();
        return rows.isEmpty()
                ? FIRST_SERIES
                : Math.clamp(PAGE_BYTES * (long) rows.size() / Math.max(1, bytes), FIRST_SERIES, MOST_SERIES);
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
