package dev.streamgauge.standalone.chaos;

import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.testkit.ParsedExposition;
import dev.streamgauge.testkit.RedisConnection;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Compares what Redis and a scrape show with the journal, while nobody sends and nothing is pending. */
final class Verdict {

    private static final double[] RAW_BOUNDS = {4, 1024, 65536};
    private static final String[] RAW_BOUND_TEXTS = {"4", "1024", "65536", "+Inf"};
    private static final String[] COUNTED_BOUND_TEXTS = {"1", "10", "+Inf"};

    private static final Duration DRAINED = Duration.ofSeconds(30);

    /** How often to look: a request without key may still arrive after its sender gave it up. */
    private static final int LOOKS = 5;

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
    private static final Duration SCRAPE_TIMEOUT = Duration.ofSeconds(30);

    private final Keyspace keyspace;
    private final Journal journal;

    Verdict(Keyspace keyspace, Journal journal) {
        this.keyspace = keyspace;
        this.journal = journal;
    }

    /**
     * Something that is not as the journal says.
     *
     * @param place tenant and series, and the request where it is known
     * @param expected for a request: 1 if it was accepted, else 0
     * @param found for a request: how often it was counted
     * @param trail what the sender of the request knows
     */
    record Wrong(String place, String expected, String found, String trail) {

        Wrong(String place, String expected, String found) {
            this(place, expected, found, "");
        }

        /** Whether an accepted request is not in a total. */
        boolean isMissing() {
            return !trail.isEmpty() && expected.equals("1") && found.equals("0");
        }

        /** Whether a request was counted more often than once, or although it was refused. */
        boolean isDoubled() {
            return !trail.isEmpty() && found.compareTo(expected) > 0;
        }

        @Override
        public String toString() {
            return place + " expected " + expected + " found " + found + (trail.isEmpty() ? "" : " [" + trail + "]");
        }
    }

    /** Waits until everything is folded, and checks; what is wrong at first may be right a little later. */
    List<Wrong> reach(RedisConnection redis, HttpClient client, URI query) throws InterruptedException {
        await().atMost(DRAINED).alias("backlog folded").until(() -> backlog(redis) == 0);
        List<Wrong> wrong = check(redis, client, query);
        for (int looks = 1; !wrong.isEmpty() && looks < LOOKS; looks++) {
            await().pollDelay(BETWEEN_LOOKS).until(() -> true);
            wrong = check(redis, client, query);
        }
        return wrong;
    }

    /** Everything wrong with the counters in Redis and with the scrapes of all tenants; empty if all is right. */
    private List<Wrong> check(RedisConnection redis, HttpClient client, URI query) throws InterruptedException {
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
            Expected expected = new Expected(tenant, journal.of(tenant), shown);
            wrong.addAll(expected.compare());
            wrong.addAll(checkTotals(
                    "totals of " + tenant, redis, keyspace.tenantTotals(tenantId(tenant)), expected.samples));
            acceptedOfPartition[keyspace.partitionOf(tenantId(tenant))] += expected.samples;
        }
        for (int partition = 0; partition < keyspace.partitions(); partition++) {
            String name = "partition " + partition;
            wrong.addAll(checkTotals(name, redis, keyspace.totals(partition), acceptedOfPartition[partition]));
            wrong.addAll(checkStream(name, redis, partition));
        }
        return wrong;
    }

    private static TenantId tenantId(String tenant) {
        return TenantId.parse(tenant).orElseThrow();
    }

    /** Entries that are not folded yet, in all partitions. */
    private long backlog(RedisConnection redis) {
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
    private static List<Wrong> checkTotals(String name, RedisConnection redis, String key, long accepted) {
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

    private List<Wrong> checkStream(String name, RedisConnection redis, int partition) {
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

    /** What a tenant's scrape must show, with the requests behind each series. */
    private static final class Expected {

        private final String tenant;
        private final Map<String, Double> shown;
        private final Map<String, Double> values = new HashMap<>();

        /** Requests by digit, of series that show them as digits. */
        private final Map<String, Map<Integer, Journal.Entry>> digits = new HashMap<>();

        /** The greatest timestamp of each gauge. */
        private final Map<String, Long> lastGauge = new HashMap<>();

        private long samples;

        Expected(String tenant, List<Journal.Entry> entries, Map<String, Double> shown) {
            this.tenant = tenant;
            this.shown = shown;
            entries.forEach(this::add);
        }

        private void add(Journal.Entry entry) {
            Push push = entry.push();
            String counter = "orders_total{cell=\"" + push.cell() + "\"}";
            boolean counted = isCounted(entry, counter);
            if (counted) {
                entry.setCounted();
                samples += push.samples();
            }
            addDigit(counter, entry, counted, 1);
            for (Push.Kind kind : push.kinds()) {
                add(kind, entry, counted);
            }
        }

        /** What is unknown is decided by the counter that the request carries; all else of it must agree. */
        private boolean isCounted(Journal.Entry entry, String counter) {
            return switch (entry.outcome()) {
                case ACCEPTED -> true;
                case REFUSED -> false;
                case OPEN, UNKNOWN ->
                    entry.push().flaw() != Push.Flaw.ALL_BAD
                            && (entry.wasCounted()
                                    || digit(
                                                    shown.getOrDefault(counter, 0.0),
                                                    entry.push().digit())
                                            > 0);
            };
        }

        private void add(Push.Kind kind, Journal.Entry entry, boolean counted) {
            Push push = entry.push();
            String cell = "cell=\"" + push.cell() + "\"";
            switch (kind) {
                case COUNTER -> throw new IllegalArgumentException("every push has its counter");
                case GAUGE -> {
                    String series = "depth{" + cell + "}";
                    if (counted && push.gaugeMillis() >= lastGauge.getOrDefault(series, 0L)) {
                        lastGauge.put(series, push.gaugeMillis());
                        values.put(series, (double) push.number());
                    }
                }
                case RAW_HISTOGRAM -> {
                    addDigit("latency_seconds_sum{" + cell + "}", entry, counted, 1);
                    if (counted) {
                        int bucket = 0;
                        while (bucket < RAW_BOUNDS.length && (double) push.unit() > RAW_BOUNDS[bucket]) {
                            bucket++;
                        }
                        addToBuckets("latency_seconds", cell, RAW_BOUND_TEXTS, bucket, 1);
                        values.merge("latency_seconds_count{" + cell + "}", 1.0, Double::sum);
                    }
                }
                case COUNTED_HISTOGRAM -> {
                    addDigit("sizes_bytes_count{" + cell + "}", entry, counted, 1);
                    addDigit("sizes_bytes_sum{" + cell + "}", entry, counted, 0.5);
                    if (counted) {
                        addToBuckets(
                                "sizes_bytes", cell, COUNTED_BOUND_TEXTS, push.countedBucket(), (double) push.unit());
                    }
                }
                case SUMMARY -> {
                    addDigit("payload_bytes_sum{" + cell + "}", entry, counted, 1);
                    if (counted) {
                        values.merge("payload_bytes_count{" + cell + "}", 1.0, Double::sum);
                    }
                }
            }
        }

        private void addDigit(String series, Journal.Entry entry, boolean counted, double factor) {
            digits.computeIfAbsent(series, text -> new HashMap<>())
                    .put(entry.push().digit(), entry);
            if (counted) {
                values.merge(series, entry.push().unit() * factor, Double::sum);
            }
        }

        private void addToBuckets(String name, String cell, String[] bounds, int bucket, double count) {
            for (int i = 0; i < bounds.length; i++) {
                values.merge(
                        name + "_bucket{" + cell + ",le=\"" + bounds[i] + "\"}", i >= bucket ? count : 0, Double::sum);
            }
        }

        private List<Wrong> compare() {
            List<Wrong> wrong = new ArrayList<>();
            Set<String> series = new TreeSet<>(values.keySet());
            shown.keySet().stream().filter(text -> !text.contains("quantile=")).forEach(series::add);
            for (String text : series) {
                double expected = values.getOrDefault(text, 0.0);
                double found = shown.getOrDefault(text, 0.0);
                boolean existsAsExpected = values.containsKey(text) == shown.containsKey(text);
                if (expected != found || !existsAsExpected) {
                    wrong.addAll(explain(text, expected, found));
                }
            }
            return wrong;
        }

        /** The requests whose digit is not as expected, or the series as a whole. */
        private List<Wrong> explain(String series, double expected, double found) {
            double unit = series.startsWith("sizes_bytes_sum") ? 0.5 : 1;
            List<Wrong> wrong = new ArrayList<>();
            digits.getOrDefault(series, Map.of()).forEach((digit, entry) -> {
                int expectedDigit = digit(expected / unit, digit);
                int foundDigit = digit(found / unit, digit);
                if (expectedDigit != foundDigit) {
                    wrong.add(new Wrong(
                            tenant + " " + series + " push-" + entry.push().number(),
                            Integer.toString(expectedDigit),
                            Integer.toString(foundDigit),
                            entry.trail()));
                }
            });
            if (wrong.isEmpty()) {
                wrong.add(new Wrong(tenant + " " + series, shownAs(values, series), shownAs(shown, series)));
            }
            return wrong;
        }

        private static String shownAs(Map<String, Double> values, String series) {
            return values.containsKey(series) ? values.get(series).toString() : "nothing";
        }

        private static int digit(double value, int digit) {
            return (int) ((long) value >> (2 * digit)) & 3;
        }
    }

    /** The consumers of a partition's group that did nothing for so long. */
    Set<String> consumersIdleFor(RedisConnection redis, long idleMillis) {
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
