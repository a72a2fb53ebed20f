package dev.streamgauge.redis.sweep;

import static dev.streamgauge.testkit.Samples.family;

import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** A tenant with one family that is due to be swept. Its series are written to Redis as a fold leaves them. */
record SweptTenant(RealRedis redis) {

    static final Keyspace KEYSPACE = new Keyspace(1);
    static final TenantId ACME = new TenantId("acme");
    static final Family DEPTH = family("depth", Gauge.INSTANCE);
    static final String SERIES = KEYSPACE.family(ACME, "depth");
    static final String TOTALS = KEYSPACE.tenantTotals(ACME);
    static final String FAMILIES = KEYSPACE.families(ACME);
    static final String SWEEPS = KEYSPACE.sweeps(0);
    static final String STREAM = KEYSPACE.stream(0);
    static final int EXPIRY = 60;

    /** Writes what marks the tenant and its family as known, and the tenant as due. */
    void create() {
        redis.command("ZADD", SWEEPS, "1", "acme");
        redis.setField(FAMILIES, "depth".getBytes(StandardCharsets.UTF_8), FamilyCodec.encode(DEPTH));
        redis.command("HSET", TOTALS, "backlog", "0", "epoch", "5", "series", "0");
    }

    void store(String labels, int ageSeconds) {
        store('g', labels, ageSeconds);
    }

    void store(char letter, String labels, int ageSeconds) {
        long updated = redis.nowMillis() / 1_000 - ageSeconds;
        put(
                labels,
                ByteBuffer.allocate(StoredSeries.HEADER_LENGTH + 36)
                        .put((byte) letter)
                        .putDouble(updated * 1_000.0)
                        .putInt((int) updated)
                        .array());
    }

    void register(String labels) {
        put(labels, new byte[] {StoredSeries.REGISTERED});
    }

    void put(String labels, byte[] value) {
        redis.setField(SERIES, labels.getBytes(StandardCharsets.UTF_8), value);
        redis.command("HINCRBY", TOTALS, "series", "1");
    }

    /** Leaves one entry of the tenant, admitted so long ago, in the stream. */
    void letAnEntryWait(int secondsAgo) {
        String millis = millisAgo(secondsAgo);
        redis.command("DEL", STREAM);
        redis.append(STREAM, millis + "-0", new byte[] {1});
        redis.command("HSET", TOTALS, "backlog", "1", "since", millis);
    }

    String millisAgo(int seconds) {
        return Long.toString(redis.nowMillis() - seconds * 1_000L);
    }

    List<String> labelsLeft() {
        return ((List<?>) Optional.ofNullable(redis.command("HKEYS", SERIES)).orElse(List.of()))
                .stream().map(String::valueOf).toList();
    }

    /** A number of the tenant's totals. */
    long count(String field) {
        return Long.parseLong(String.valueOf(redis.command("HGET", TOTALS, field)));
    }

    long dueInSeconds() {
        return Long.parseLong(String.valueOf(redis.command("ZSCORE", SWEEPS, "acme"))) - redis.nowMillis() / 1_000;
    }
}
