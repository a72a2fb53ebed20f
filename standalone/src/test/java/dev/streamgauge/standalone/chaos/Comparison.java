package dev.streamgauge.standalone.chaos;

import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.testkit.ParsedExposition;
import dev.streamgauge.testkit.RedisClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Compares the totals that the senders were promised, from the {@link Journal}, with what scrapes show and what Redis
 * stores, while no requests are sent.
 */
public final class Comparison {

    private static final Duration FOLDED = Duration.ofSeconds(30);

    /** More than zero, since a request without a key may still arrive after its sender gave up. */
    private static final Duration MATCHED = Duration.ofSeconds(5);

    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);
    private static final Duration SCRAPE_TIMEOUT = Duration.ofSeconds(30);

    private static final String COUNT_SERIES = """
            local stored = 0
            for _, family in ipairs(redis.call('HKEYS', KEYS[2])) do
              stored = stored + redis.call('HLEN', ARGV[1] .. family)
            end
            return {tonumber(redis.call('HGET', KEYS[1], 'series') or '0'), stored}
            """;

    private final Keyspace keyspace;
    private final Journal journal;
    private final Optional<ExpiringSeriesLoad> expiring;
    private final Map<String, Long> otherTenants;

    Comparison(Keyspace keyspace, Journal journal, Optional<ExpiringSeriesLoad> expiring) {
        this(keyspace, journal, expiring, Map.of());
    }

    /**
     * Compares nothing yet.
     *
     * @param otherTenants accepted samples of tenants whose requests are not in the journal
     */
    public Comparison(
            Keyspace keyspace, Journal journal, Optional<ExpiringSeriesLoad> expiring, Map<String, Long> otherTenants) {
        this.keyspace = keyspace;
        this.journal = journal;
        this.expiring = expiring;
        this.otherTenants = Map.copyOf(otherTenants);
    }

    /** Waits until everything is folded and matches; returns the differences that remain, empty if all matches. */
    public List<Wrong> awaitMatch(RedisClient redis, HttpClient client, URI query) throws InterruptedException {
        try {
            // In this thread, as the client is for one thread only.
            await().pollInSameThread().atMost(FOLDED).until(() -> backlog(redis) == 0);
            return await().pollInSameThread()
                    .atMost(MATCHED)
                    .pollInterval(POLL_INTERVAL)
                    .pollDelay(Duration.ZERO)
                    .until(() -> check(redis, client, query), List::isEmpty);
        } catch (ConditionTimeoutException e) {
            return check(redis, client, query);
        }
    }

    /** Returns the differences in the counters of Redis and the scrapes of all tenants; empty if all matches. */
    private List<Wrong> check(RedisClient redis, HttpClient client, URI query) throws InterruptedException {
        List<Wrong> wrong = new ArrayList<>();
        long[] acceptedOfPartition = new long[keyspace.partitions()];
        for (String tenant : journal.tenants()) {
            Map<String, Double> shown;
            try {
                shown = scrape(client, query, tenant);
            } catch (IOException | IllegalArgumentException e) {
                wrong.add(new Wrong("scrape of " + tenant, "a scrape", e.toString()));
                continue;
            }
            ExpectedTenant expected = new ExpectedTenant(tenant, journal.of(tenant), journal.deletions(tenant), shown);
            wrong.addAll(expected.compare());
            wrong.addAll(checkTotals(
                    "totals of " + tenant, redis, keyspace.tenantTotals(tenantId(tenant)), expected.samples()));
            checkSeries(redis, tenantId(tenant)).ifPresent(wrong::add);
            acceptedOfPartition[keyspace.partitionOf(tenantId(tenant))] += expected.samples();
        }
        if (expiring.isPresent()) {
            wrong.addAll(checkExpiring(expiring.get(), redis, client, query));
            acceptedOfPartition[keyspace.partitionOf(tenantId(ExpiringSeriesLoad.TENANT))] +=
                    expiring.get().accepted();
        }
        otherTenants.forEach((tenant, accepted) -> {
            wrong.addAll(checkTotals("totals of " + tenant, redis, keyspace.tenantTotals(tenantId(tenant)), accepted));
            checkSeries(redis, tenantId(tenant)).ifPresent(wrong::add);
            acceptedOfPartition[keyspace.partitionOf(tenantId(tenant))] += accepted;
        });
        for (int partition = 0; partition < keyspace.partitions(); partition++) {
            String name = "partition " + partition;
            wrong.addAll(checkTotals(name, redis, keyspace.totals(partition), acceptedOfPartition[partition]));
            wrong.addAll(checkStream(name, redis, partition));
        }
        return wrong;
    }

    private List<Wrong> checkExpiring(ExpiringSeriesLoad expiring, RedisClient redis, HttpClient client, URI query)
            throws InterruptedException {
        TenantId tenant = tenantId(ExpiringSeriesLoad.TENANT);
        List<Wrong> wrong = new ArrayList<>();
        long scrapeStartNanos = System.nanoTime();
        try {
            wrong.addAll(expiring.check(scrape(client, query, ExpiringSeriesLoad.TENANT), scrapeStartNanos));
        } catch (IOException | IllegalArgumentException e) {
            wrong.add(new Wrong("scrape of " + tenant, "a scrape", e.toString()));
        }
        wrong.addAll(checkTotals("totals of " + tenant, redis, keyspace.tenantTotals(tenant), expiring.accepted()));
        checkSeries(redis, tenant).ifPresent(wrong::add);
        return wrong;
    }

    /**
     * The series count of the limit equals the number of stored series; both are read in one step, since sweeps go on.
     */
    private Optional<Wrong> checkSeries(RedisClient redis, TenantId tenant) {
        List<?> series = (List<?>) redis.command(
                "EVAL",
                COUNT_SERIES,
                "2",
                keyspace.tenantTotals(tenant),
                keyspace.families(tenant),
                keyspace.family(tenant, ""));
        String counted = String.valueOf(series.getFirst());
        String stored = String.valueOf(series.getLast());
        return counted.equals(stored)
                ? Optional.empty()
                : Optional.of(new Wrong("series of " + tenant, stored, counted));
    }

    private static TenantId tenantId(String tenant) {
        return TenantId.parse(tenant).orElseThrow();
    }

    /** Number of entries in all partitions that are not folded yet. */
    private long backlog(RedisClient redis) {
        long entries = 0;
        for (int partition = 0; partition < keyspace.partitions(); partition++) {
            entries += (Long) redis.command("XLEN", keyspace.stream(partition));
        }
        return entries;
    }

    private static Map<String, Double> scrape(HttpClient client, URI query, String tenant)
            throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(query.resolve("/tenants/" + tenant + "/metrics"))
                        .timeout(SCRAPE_TIMEOUT)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("answered " + response.statusCode());
        }
        return ParsedExposition.parse(response.body()).values();
    }

    /** accepted = folded + dead + pending, with nothing dead or pending, and accepted is what the senders know. */
    private static List<Wrong> checkTotals(String name, RedisClient redis, String key, long accepted) {
        List<Wrong> wrong = new ArrayList<>();
        Map<String, Long> expected = Map.of(
                "accepted",
                accepted,
                "folded",
                accepted,
                "dead",
                0L,
                "pending",
                0L,
                "backlog",
                0L,
                "buried",
                0L,
                "lost",
                0L,
                "saturated",
                0L);
        for (String field : new TreeSet<>(expected.keySet())) {
            String found = String.valueOf(redis.command("HGET", key, field)).replace("null", "0");
            if (!found.equals(expected.get(field).toString())) {
                wrong.add(new Wrong(name + " " + field, expected.get(field).toString(), found));
            }
        }
        return wrong;
    }

    private List<Wrong> checkStream(String name, RedisClient redis, int partition) {
        List<Wrong> wrong = new ArrayList<>();
        Object entries = redis.command("XLEN", keyspace.stream(partition));
        if (!Long.valueOf(0).equals(entries)) {
            wrong.add(new Wrong(name + " entries", "0", String.valueOf(entries)));
        }
        List<?> pending = (List<?>) redis.command("XPENDING", keyspace.stream(partition), Keyspace.GROUP);
        if (!Long.valueOf(0).equals(pending.getFirst())) {
            wrong.add(new Wrong(name + " pending entries", "0", String.valueOf(pending.getFirst())));
        }
        return wrong;
    }

    /** The consumers in any partition that have been idle for longer than that. */
    Set<String> consumersIdleFor(RedisClient redis, long idleMillis) {
        Set<String> idle = new HashSet<>();
        for (int partition = 0; partition < keyspace.partitions(); partition++) {
            List<?> rows = (List<?>) redis.command("XINFO", "CONSUMERS", keyspace.stream(partition), Keyspace.GROUP);
            for (Object row : rows) {
                List<?> fields = (List<?>) row;
                if ((Long) fields.get(5) > idleMillis) {
                    idle.add(fields.get(1) + " of partition " + partition + " idle " + fields.get(5) + " ms");
                }
            }
        }
        return idle;
    }
}
