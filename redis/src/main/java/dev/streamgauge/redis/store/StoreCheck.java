package dev.streamgauge.redis.store;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.topology.RedisConnection;
import dev.streamgauge.redis.topology.RedisTopology;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether a Redis server can be used as the store: its version, its role, that it never evicts, that it keeps on
 * disk what the durability profile promises, and that it has the configured number of partitions.
 *
 * <p>Blocks, and throws {@link RedisFailure} if Redis cannot be asked.
 */
public final class StoreCheck {

    private static final int OLDEST_MAJOR_VERSION = 7;

    private final RedisTopology topology;
    private final Keyspace keyspace;

    public StoreCheck(RedisTopology topology) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
    }

    /**
     * What was found.
     *
     * @param version the server's version
     * @param memory its memory use
     * @param flaws why it cannot be the store, each with what to change; empty if it can
     * @param forbidden what the Redis user of this process may not do, though it must; empty if it may
     * @param unchecked settings that the user of this process may not read, each with what it must be
     */
    public record Finding(
            String version, MemoryUse memory, List<String> flaws, List<String> forbidden, List<String> unchecked) {

        public Finding {
            flaws = List.copyOf(flaws);
            forbidden = List.copyOf(forbidden);
            unchecked = List.copyOf(unchecked);
        }
    }

    /**
     * Checks the server behind a new connection. Records the number of partitions if the server passes and no number is
     * recorded yet.
     *
     * @param required what its settings must be
     * @param calls what this process calls
     */
    public Finding check(List<Requirement> required, RoleCalls calls) {
        try (RedisConnection connection = topology.forDirectory().open().await().indefinitely()) {
            List<String> flaws = new ArrayList<>();
            Map<String, String> info = InfoText.parse(String.valueOf(await(connection, Request.cmd(Command.INFO))));
            String version = info.getOrDefault("redis_version", "unknown");
            if (majorOf(version) < OLDEST_MAJOR_VERSION) {
                flaws.add("Redis " + version + " is too old; use " + OLDEST_MAJOR_VERSION + ".0 or newer, or Valkey");
            }
            String role = info.getOrDefault("role", "master");
            if (!role.equals("master")) {
                flaws.add("Redis is a " + role + "; point quarkus.redis.hosts at the primary");
            }
            List<String> unchecked = new ArrayList<>();
            checkSettings(connection, required, info, flaws, unchecked);
            checkPartitions(connection, flaws);
            List<String> forbidden = flaws.isEmpty() ? calls.forbidden(connection, keyspace) : List.of();
            return new Finding(version, MemoryUse.of(info), flaws, forbidden, unchecked);
        }
    }

    private static int majorOf(String version) {
        String major = version.split("\\.", -1)[0];
        return major.chars().allMatch(Character::isDigit) && !major.isEmpty() ? Integer.parseInt(major) : 0;
    }

    /**
     * The user of a role may not read settings, since {@code masterauth} and {@code requirepass} are among them. Then
     * {@code INFO} tells some of them.
     */
    private static void checkSettings(
            RedisConnection connection,
            List<Requirement> required,
            Map<String, String> info,
            List<String> flaws,
            List<String> unchecked) {
        boolean mayRead = true;
        for (Requirement requirement : required) {
            String setting = requirement.setting();
            if (mayRead) {
                try {
                    requirement.flaw(read(connection, setting)).ifPresent(flaws::add);
                    continue;
                } catch (RedisFailure failure) {
                    switch (failure.kind()) {
                        case FORBIDDEN -> mayRead = false; // Redis logs each attempt
                        case ERROR -> {
                            flaws.add("Redis forbids CONFIG GET " + setting
                                    + "; allow it, or set streamgauge.durability-check=off if " + setting + " is "
                                    + requirement.advised());
                            continue;
                        }
                        default -> throw failure;
                    }
                }
            }
            settingIn(info, setting)
                    .ifPresentOrElse(
                            actual -> requirement.flaw(actual).ifPresent(flaws::add),
                            () -> unchecked.add(setting + "=" + requirement.advised()));
        }
    }

    /** The value of a setting; empty if the server does not have it. */
    private static String read(RedisConnection connection, String setting) {
        Response pair = await(connection, Request.cmd(Command.CONFIG).arg("GET").arg(setting));
        return pair == null || pair.size() < 2 ? "" : pair.get(1).toString();
    }

    /** A setting, as far as {@code INFO} tells it. */
    private static Optional<String> settingIn(Map<String, String> info, String setting) {
        return switch (setting) {
            case "maxmemory-policy" -> Optional.ofNullable(info.get("maxmemory_policy"));
            case "appendonly" ->
                Optional.ofNullable(info.get("aof_enabled")).map(enabled -> enabled.equals("1") ? "yes" : "no");
            // Redis counts the replicas that keep up only if it needs some.
            case "min-replicas-to-write" -> Optional.of(info.containsKey("min_slaves_good_slaves") ? "1" : "0");
            default -> Optional.empty();
        };
    }

    private void checkPartitions(RedisConnection connection, List<String> flaws) {
        String configured = Integer.toString(keyspace.partitions());
        Request read = Request.cmd(Command.GET).arg(keyspace.partitionCount());
        Response recorded = await(connection, read);
        // Recorded only if it is missing and the server passed: a full one, or a replica, accepts no write.
        if (recorded == null && flaws.isEmpty()) {
            recordPartitions(connection, configured);
            recorded = await(connection, read);
        }
        if (recorded != null && !recorded.toString().equals(configured)) {
            flaws.add("Redis holds " + recorded + " partitions and streamgauge.partitions is " + configured
                    + "; set it to " + recorded);
        }
    }

    private void recordPartitions(RedisConnection connection, String partitions) {
        try {
            await(
                    connection,
                    Request.cmd(Command.SETNX).arg(keyspace.partitionCount()).arg(partitions));
        } catch (RedisFailure failure) {
            if (failure.kind() == RedisFailure.Kind.FORBIDDEN) {
                throw new RedisFailure(
                        RedisFailure.Kind.UNAVAILABLE,
                        "nothing is recorded in Redis yet, and this process may only read; start an ingest-api or an"
                                + " aggregator, which record it",
                        failure);
            }
            throw failure;
        }
    }

    private static @Nullable Response await(RedisConnection connection, Request request) {
        return connection.send(request).await().indefinitely(); // the connection has the deadline
    }
}
