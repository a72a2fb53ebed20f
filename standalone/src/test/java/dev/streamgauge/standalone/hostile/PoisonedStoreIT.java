package dev.streamgauge.standalone.hostile;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import dev.streamgauge.testkit.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Another program writes unexpected data into the keys, in every way that we could think of. Unaffected tenants and
 * partitions go on, affected ones raise alarms and go on after a repair, and nothing loops. The roles are separate
 * processes with the Redis users of production.
 */
class PoisonedStoreIT {

    private static final Keyspace KEYSPACE = new Keyspace(4);
    private static final Duration DEADLINE = Duration.ofSeconds(40);

    /**
     * Redis calls of three processes with hardly anything to do, between two polls of the tenant directory, which come
     * once a second. Each process polls four partitions in that time, and the aggregator tries its deferred entries
     * twice in each reclaim time of 2 s. An endless loop makes thousands.
     */
    private static final double MOST_CALLS_PER_POLL = 600;

    private static final String UNEXPECTED = "unexpected";
    private static final String SERIES = "orders_total";

    private static RedisServer redis;
    private static Jars.Started ingest;
    private static Jars.Started aggregator;
    private static Jars.Started query;

    /**
     * Unexpected data for one tenant.
     *
     * @param tenant named after the data
     * @param deed writes the data
     * @param key where it is written, so that a repair can delete it
     */
    private record Poison(TenantId tenant, Consumer<TenantId> deed, Function<TenantId, String> key) {

        static Poison of(String name, Consumer<TenantId> deed, Function<TenantId, String> key) {
            return new Poison(new TenantId(name), deed, key);
        }

        static Poison ofAnotherType(String name, Function<TenantId, String> key) {
            return of(name, tenant -> replace(key.apply(tenant)), key);
        }

        String name() {
            return tenant.value();
        }

        void poison() {
            deed.accept(tenant);
        }

        /** Deletes the unexpected data as an operator would; every process forgets what it knew of the tenant. */
        void repair() {
            redis.command("DEL", key.apply(tenant), KEYSPACE.tenantTotals(tenant), KEYSPACE.families(tenant));
        }
    }

    private static final List<Poison> POISONS = List.of(
            Poison.ofAnotherType("totals-of-another-type", KEYSPACE::tenantTotals),
            Poison.of(
                    "totals-that-are-no-numbers",
                    tenant -> redis.command(
                            "HSET", KEYSPACE.tenantTotals(tenant), "backlog", UNEXPECTED, "pending", "nan"),
                    KEYSPACE::tenantTotals),
            Poison.ofAnotherType("families-of-another-type", KEYSPACE::families),
            Poison.ofAnotherType("family-of-another-type", tenant -> KEYSPACE.family(tenant, SERIES)),
            Poison.of(
                    "row-of-an-unknown-version",
                    tenant -> redis.command("HSET", KEYSPACE.families(tenant), "line\nbreak", "C", SERIES, "C"),
                    KEYSPACE::families),
            Poison.of(
                    "value-of-an-unknown-version",
                    tenant -> redis.command("HSET", KEYSPACE.family(tenant, SERIES), "", "C12345678"),
                    tenant -> KEYSPACE.family(tenant, SERIES)),
            Poison.of(
                    "value-that-is-malformed",
                    tenant -> redis.command("HSET", KEYSPACE.family(tenant, SERIES), "", "c", "} 1\nfake 2", "c"),
                    tenant -> KEYSPACE.family(tenant, SERIES)),
            Poison.ofAnotherType("dead-letters-of-another-type", KEYSPACE::tenantDeadLetters),
            Poison.ofAnotherType("rejections-of-another-type", KEYSPACE::tenantRejections));

    @BeforeAll
    static void start() {
        redis = RedisServer.builder().build().start();
        String partitions = "STREAMGAUGE_PARTITIONS=" + KEYSPACE.partitions();
        ingest = Jars.role("ingest-api", redis.url(), partitions);
        aggregator = Jars.role("aggregator", redis.url(), partitions);
        query = Jars.role("query-api", redis.url(), partitions);
        Stream.of(ingest, aggregator, query).forEach(Jars.Started::awaitReady);
    }

    @AfterAll
    static void stop() {
        Stream.of(ingest, aggregator, query).forEach(Jars.Started::close);
        redis.close();
    }

    /** One tenant of each partition whose keys are left alone. */
    private static List<String> bystanders() {
        return IntStream.range(0, KEYSPACE.partitions())
                .mapToObj(partition -> tenantOf(partition, "bystander"))
                .toList();
    }

    private static String tenantOf(int partition, String name) {
        return IntStream.range(0, 1_000)
                .mapToObj(i -> name + i)
                .filter(tenant -> KEYSPACE.partitionOf(new TenantId(tenant)) == partition)
                .findFirst()
                .orElseThrow();
    }

    private static int push(String tenant, String... headers) {
        String sample = "{\"name\":\"" + SERIES + "\",\"type\":\"counter\",\"value\":1}";
        var request = given().contentType("application/json").header("X-Scope-OrgID", tenant);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request.body(sample).post(ingest.at("/api/v1/metrics")).statusCode();
    }

    private static double shown(String tenant) throws IOException, InterruptedException {
        return Scrapes.values(query.address(), tenant).getOrDefault(SERIES, 0.0);
    }

    private static int scrape(String tenant) {
        return given().get(query.at("/tenants/" + tenant + "/metrics")).statusCode();
    }

    /** Pushes are accepted, folded and shown, each once. */
    private static void assertGoesOn(List<String> tenants) throws IOException, InterruptedException {
        for (String tenant : tenants) {
            double before = shown(tenant);

            assertThat(push(tenant)).as(tenant).isEqualTo(202);

            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(shown(tenant)).as(tenant).isEqualTo(before + 1));
        }
    }

    /** Pushes are accepted and shown again; samples that the unexpected data destroyed need not come back. */
    private static void assertRecovers(String tenant) throws IOException, InterruptedException {
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(push(tenant)).as(tenant).isEqualTo(202));
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(shown(tenant)).as(tenant).isPositive());
        double before = shown(tenant);
        assertThat(push(tenant)).as(tenant).isEqualTo(202);
        // It is more if a push from before the repair was waiting and is folded now.
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(shown(tenant)).as(tenant).isGreaterThanOrEqualTo(before + 1));
    }

    private static double own(Jars.Started role, String metric) throws IOException, InterruptedException {
        URI metrics = role.at("/q/metrics");
        return Scrapes.get(metrics)
                .lines()
                .filter(line -> line.startsWith(metric + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(metric.length() + 1)))
                .sum();
    }

    private static long calls() {
        return String.valueOf(redis.command("INFO", "stats"))
                .lines()
                .filter(line -> line.startsWith("total_commands_processed:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .sum();
    }

    private static void assertNothingLoops() throws IOException, InterruptedException {
        long callsBefore = calls();
        double pollsBefore = polls();

        await().atMost(DEADLINE).until(() -> polls() >= pollsBefore + 3);

        assertThat((calls() - callsBefore) / (polls() - pollsBefore))
                .as("Redis calls a poll")
                .isLessThan(MOST_CALLS_PER_POLL);
    }

    private static double polls() throws IOException, InterruptedException {
        return own(query, "streamgauge_tenant_directory_polls_total");
    }

    @Test
    void everyOtherTenantGoesOn_whileSomeArePoisoned_andTheseDoOnceTheyAreRepaired() throws Exception {
        for (Poison poison : POISONS) {
            assertThat(push(poison.name())).isEqualTo(202);
        }
        assertGoesOn(bystanders());

        for (Poison poison : POISONS) {
            poison.poison();
            push(poison.name()); // with any outcome
            push(poison.name(), "Content-Type", "text/plain"); // rejected, and counted for the tenant
            scrape(poison.name());
        }

        assertGoesOn(bystanders());
        assertNothingLoops();
        assertThat(own(query, "streamgauge_unreadable_series_total")).isPositive();
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(own(aggregator, "streamgauge_unreadable_entries"))
                        .isPositive());
        assertThat(ingest.process().output()).contains("admission state=broken");
        assertThat(query.process().output()).contains("scrape skips=unreadable");
        assertThat(aggregator.process().output()).contains(" broken=");
        for (Poison poison : POISONS) {
            poison.repair();
            assertRecovers(poison.name());
        }
        assertGoesOn(bystanders());
    }

    @Test
    void otherPartitionsGoOn_whileOnesKeysAreOfAnotherType_andItDoesOnceItIsRepaired() throws Exception {
        List<String> spared = bystanders().subList(0, 2);
        List<String> hit = bystanders().subList(2, 4);
        assertGoesOn(bystanders());
        redis.command("SET", KEYSPACE.stream(2), UNEXPECTED);
        redis.command("SET", KEYSPACE.totals(3), UNEXPECTED);

        assertThat(hit).allSatisfy(tenant -> assertThat(push(tenant)).isEqualTo(503));
        assertGoesOn(spared);
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(own(aggregator, "streamgauge_broken_partitions"))
                        .isEqualTo(2));
        assertThat(aggregator.process().output()).contains("fold brokenPartitions=");
        assertThat(own(ingest, "streamgauge_redis_up")).isEqualTo(1);
        assertThat(hit).allSatisfy(tenant -> assertThat(shown(tenant)).isPositive());
        assertNothingLoops();
        assertGoesOn(spared);

        redis.command("DEL", KEYSPACE.stream(2), KEYSPACE.totals(3));
        assertGoesOn(bystanders());
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(own(aggregator, "streamgauge_broken_partitions"))
                        .isZero());
    }

    @Test
    void everyTenantGoesOn_whenEntriesGroupsAndScriptsAreTakenAway() throws Exception {
        assertGoesOn(bystanders());
        for (int partition = 0; partition < KEYSPACE.partitions(); partition++) {
            String stream = KEYSPACE.stream(partition);
            redis.command("XADD", stream, "*", "p", "\u0002 of a release to come");
            redis.command("XADD", stream, "*", "p", "\u0001 malformed");
            redis.command("XADD", stream, "*", "another", "field");
            redis.command("XGROUP", "DESTROY", stream, Keyspace.GROUP);
        }
        redis.command("SCRIPT", "FLUSH");

        assertGoesOn(bystanders());

        aggregator.process().pause();
        double[] before = new double[KEYSPACE.partitions()];
        for (int partition = 0; partition < KEYSPACE.partitions(); partition++) {
            before[partition] = shown(bystanders().get(partition));
            assertThat(push(bystanders().get(partition))).isEqualTo(202);
            String stream = KEYSPACE.stream(partition);
            redis.command("XREADGROUP", "GROUP", Keyspace.GROUP, "ghost", "COUNT", "1", "STREAMS", stream, ">");
            redis.command("XTRIM", stream, "MAXLEN", "0"); // the entry that is pending, and those not read yet
        }
        aggregator.process().resume();
        assertGoesOn(bystanders());
        await().atMost(DEADLINE)
                .untilAsserted(() ->
                        assertThat(own(query, "streamgauge_lost_entries_total")).isPositive());
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(own(aggregator, "streamgauge_orphaned_samples"))
                        .isPositive());
        assertNothingLoops();
        for (int partition = 0; partition < KEYSPACE.partitions(); partition++) {
            // If the lost entry was pending for the paused aggregator, which had already read it, it is folded as well.
            assertThat(shown(bystanders().get(partition))).isBetween(before[partition] + 1, before[partition] + 2);
        }
    }

    private static void replace(String key) {
        redis.command("DEL", key);
        redis.command("SET", key, UNEXPECTED);
    }
}
