package dev.streamgauge.server.store;

import dev.streamgauge.redis.store.Requirement;
import dev.streamgauge.server.StreamgaugeConfig.Durability;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a durability profile promises for an accepted sample, and the Redis settings that this needs.
 *
 * <p>The reasons: eviction would drop streams and registries. With {@code everysec} an answered write may be lost even
 * if only the process dies, as Redis delays writes while an fsync is under way. With {@code no-appendfsync-on-rewrite
 * yes}, {@code always} means never during a rewrite. With {@code min-replicas-to-write}, a primary that was cut off
 * from its replicas rejects writes, instead of accepting writes that a failover will lose.
 */
public final class DurabilityProfile {

    private static final Requirement FSYNC_ALWAYS = Requirement.of("appendfsync", "always");

    private DurabilityProfile() {}

    /** What Redis must be set to. */
    static List<Requirement> requirements(Durability profile) {
        List<Requirement> requirements = new ArrayList<>(
                List.of(Requirement.of("maxmemory-policy", "noeviction"), Requirement.of("appendonly", "yes")));
        requirements.addAll(
                switch (profile) {
                    case FAST ->
                        List.of(new Requirement("appendfsync", Set.of("always", "everysec")::contains, "everysec"));
                    case STANDARD -> List.of(FSYNC_ALWAYS, Requirement.of("no-appendfsync-on-rewrite", "no"));
                    case REPLICATED ->
                        List.of(
                                FSYNC_ALWAYS,
                                Requirement.of("no-appendfsync-on-rewrite", "no"),
                                new Requirement("min-replicas-to-write", value -> !value.equals("0"), "1"));
                });
        return requirements;
    }

    /** What an accepted sample survives, in a few words. */
    public static String survives(Durability profile) {
        return switch (profile) {
            case FAST -> "the death of our processes; up to 2 s of accepted samples may be lost with Redis";
            case STANDARD -> "the death of every process, and power failure of the Redis node";
            case REPLICATED ->
                "the death of every process, power failure of the Redis node, and most losses of that node: a failover"
                        + " may still lose samples";
        };
    }
}
