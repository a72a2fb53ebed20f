package dev.streamgauge.redis;

import dev.streamgauge.core.tenant.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The estimated bytes of a registry, counted from what Redis holds: the texts, and a constant for each. */
public final class RegistryBytes {

    private static final int FAMILY_BYTES = 200;
    private static final int TABLE_BYTES = 64;
    private static final int LISTPACK_BYTES = 8;

    private RegistryBytes() {}

    /** All families of a tenant, and their series. */
    public static long count(RealRedis redis, Keyspace keyspace, TenantId tenant) {
        String families = keyspace.families(tenant);
        long bytes = 0;
        for (Object name : list(redis, "HKEYS", families)) {
            String family = name.toString();
            bytes += family.length() + redis.number("HSTRLEN", families, family) + FAMILY_BYTES;
            String key = keyspace.family(tenant, family);
            List<?> labels = list(redis, "HKEYS", key);
            boolean isTable = Objects.equals(redis.command("OBJECT", "ENCODING", key), "hashtable");
            for (Object each : labels) {
                bytes += utf8Length(each.toString())
                        + redis.number("HSTRLEN", key, each.toString())
                        + (isTable ? TABLE_BYTES : LISTPACK_BYTES);
            }
        }
        return bytes;
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static List<?> list(RealRedis redis, String... words) {
        return (List<?>) Objects.requireNonNull(redis.command(words));
    }
}
