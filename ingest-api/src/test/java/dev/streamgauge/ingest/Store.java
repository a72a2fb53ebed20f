package dev.streamgauge.ingest;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.AggregationKinds;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.entry.EntryReader;
import dev.streamgauge.core.entry.EntryReader.EntryFamily;
import dev.streamgauge.core.entry.EntryReader.Labels;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.stream.ByteSource;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.testkit.RedisClient;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.microprofile.config.ConfigProvider;

/** What one tenant has in Redis, read by the tests' own client. No aggregator runs, so all entries stay. */
public record Store(TenantId tenant) {

    private static final Keyspace KEYSPACE = new Keyspace(16);

    public static Store of(String tenant) {
        return new Store(new TenantId(tenant));
    }

    /** Sends a command to the Redis of the application under test. */
    public static Object command(String... words) {
        try (RedisClient client = connect()) {
            return client.command(words);
        }
    }

    private static RedisClient connect() {
        int port = ConfigProvider.getConfig()
                .getValue("quarkus.redis.hosts", URI.class)
                .getPort();
        return RedisClient.open(port, Duration.ofSeconds(10));
    }

    /** The samples of all entries, in the order of the stream, a line each. */
    public String samples() {
        StringBuilder lines = new StringBuilder();
        for (byte[] entry : entries()) {
            try {
                EntryReader.read(entry, AggregationKinds.ALL, new LineWriter(lines));
            } catch (MalformedEntryException e) {
                throw new AssertionError("entry stored malformed", e);
            }
        }
        return lines.toString();
    }

    /** The payloads of the tenant's entries, in the order of the stream. */
    public List<byte[]> entries() {
        List<byte[]> payloads = new ArrayList<>();
        try (RedisClient client = connect()) {
            Object reply = client.commandBytes("XRANGE", KEYSPACE.stream(KEYSPACE.partitionOf(tenant)), "-", "+");
            for (Object row : (List<?>) Objects.requireNonNull(reply)) {
                List<?> fields = (List<?>) ((List<?>) row).get(1);
                byte[] payload = (byte[]) fields.get(1);
                if (tenant.equals(EntryReader.header(payload).orElseThrow().tenant())) {
                    payloads.add(payload);
                }
            }
        }
        return payloads;
    }

    /** The registered families, by name, a line each. */
    public String families() {
        Map<String, String> lines = new TreeMap<>();
        try (RedisClient client = connect()) {
            List<?> fields =
                    (List<?>) Objects.requireNonNull(client.commandBytes("HGETALL", KEYSPACE.families(tenant)));
            for (int i = 0; i < fields.size(); i += 2) {
                String name = new String((byte[]) fields.get(i), StandardCharsets.UTF_8);
                lines.put(name, line(FamilyCodec.decode(name, (byte[]) fields.get(i + 1))));
            }
        }
        return String.join("", lines.values());
    }

    private static String line(Family family) {
        String line = family.type().text() + " " + family.name();
        line += family.help().isEmpty() ? "" : " help '" + family.help().replace("\n", "\\n") + "'";
        line += family.unit().isEmpty() ? "" : " unit '" + family.unit() + "'";
        return line
                + switch (family.aggregation()) {
                    case Histogram(BucketLayout layout) -> " " + layout + "\n";
                    case Summary(Quantiles quantiles) -> " " + quantiles + "\n";
                    default -> "\n";
                };
    }

    /** A number that the scripts keep for the tenant; 0 if it is absent. */
    public long total(String field) {
        return Optional.ofNullable(command("HGET", KEYSPACE.tenantTotals(tenant), field))
                .map(number -> Long.parseLong(number.toString()))
                .orElse(0L);
    }

    /** Series registered for a family. */
    public long seriesOf(String family) {
        return (Long) Objects.requireNonNull(command("HLEN", KEYSPACE.family(tenant, family)));
    }

    /** Where an answer is kept. */
    public String idempotencyKey(String key) {
        return KEYSPACE.idempotency(tenant, key);
    }

    /** Sets a field of the tenant's counters to any bytes. */
    public void setTotal(String field, byte[] value) {
        try (RedisClient client = connect()) {
            client.commandBytes(
                    "HSET".getBytes(StandardCharsets.US_ASCII),
                    totalsKey().getBytes(StandardCharsets.US_ASCII),
                    field.getBytes(StandardCharsets.US_ASCII),
                    value);
        }
    }

    /** Keeps an answer for repetitions of a body, as a record of that version. */
    public void keepAnswer(String key, char version, String body, byte[] answer) {
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        record.write(version);
        record.writeBytes(sha256(body));
        record.writeBytes(answer);
        try (RedisClient client = connect()) {
            client.commandBytes(
                    "SET".getBytes(StandardCharsets.US_ASCII),
                    idempotencyKey(key).getBytes(StandardCharsets.US_ASCII),
                    record.toByteArray());
        }
    }

    private static byte[] sha256(String body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Where the tenant's counters are. */
    public String totalsKey() {
        return KEYSPACE.tenantTotals(tenant);
    }

    /** Writes one line per sample: {@code histogram seconds{a="1"} [0.5] <- [0.1, 2.0]}. */
    private record LineWriter(StringBuilder lines) implements EntryReader.Samples<EntryFamily> {

        @Override
        public EntryFamily family(EntryFamily family) {
            return family;
        }

        @Override
        public void sample(EntryFamily family, Labels labels, ByteSource in) throws MalformedEntryException {
            lines.append(family.aggregation().kind().name())
                    .append(' ')
                    .append(family.name())
                    .append('{')
                    .append(labels.copy())
                    .append("} ")
                    .append(value(family.aggregation(), in))
                    .append('\n');
        }

        private static String value(Aggregation aggregation, ByteSource in) throws MalformedEntryException {
            return switch (aggregation) {
                case Counter counter -> "+ " + in.readFinite();
                case Gauge gauge -> {
                    int index = in.readIndex(Integer.MAX_VALUE);
                    long timestampMillis = in.readVarint() - 1;
                    String time = timestampMillis == Sample.NO_TIMESTAMP ? "" : " @" + timestampMillis;
                    yield "= " + in.readFinite() + time + " #" + index;
                }
                case Histogram(BucketLayout layout) -> {
                    String bounds = layout.equals(BucketLayout.DEFAULT) ? "default" : layout.toString();
                    yield bounds + " <- " + distribution(layout, in);
                }
                default -> "<- " + Arrays.toString(in.readFinites(in.readCount()));
            };
        }

        private static String distribution(BucketLayout layout, ByteSource in) throws MalformedEntryException {
            int values = in.readCount();
            if (values > 0) {
                return Arrays.toString(in.readFinites(values));
            }
            double sum = in.readFinite();
            long[] counts = new long[layout.bucketCount()];
            for (int i = 0; i < counts.length; i++) {
                counts[i] = in.readVarint();
            }
            return "counts " + Arrays.toString(counts) + " sum " + sum;
        }
    }
}
