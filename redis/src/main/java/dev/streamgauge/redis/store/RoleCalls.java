package dev.streamgauge.redis.store;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.topology.RedisConnection;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The calls that roles make to Redis, with the keys that each is made with. A user that may not make one of them looks
 * right until the first request needs it; so they are checked at startup, without making them.
 *
 * @param calls of each call its words; a key stands between braces
 */
public record RoleCalls(List<String> calls) {

    private static final RedisScript SCRIPT = RedisScript.load("find_forbidden.lua");
    private static final TenantId SOME_TENANT = new TenantId("tenant");

    private static final String EVERY = """
            INFO memory
            TIME
            EVALSHA_RO sha 4 {records} {changed} {deleted} {meta}
            EVAL_RO script 4 {records} {changed} {deleted} {meta}
            GET {partitions}
            HMGET {totals} field
            XLEN {stream}
            XRANGE {stream} - +
            HGET {records} field
            HMGET {records} field
            HLEN {records}
            HMGET {meta} field
            ZRANGE {changed} 0 1
            ZRANGE {deleted} 0 1
            """;

    private static final String INGEST = """
            SETNX {partitions} value
            EVALSHA sha 8 {stream} {totals} {sweeps} {sizes} {tenant-totals} {families} {family} {idempotency}
            EVAL script 8 {stream} {totals} {sweeps} {sizes} {tenant-totals} {families} {family} {idempotency}
            EVALSHA sha 3 {flush} {tenant-totals} {rejections}
            EVAL script 3 {flush} {tenant-totals} {rejections}
            WAIT 1 1
            XADD {stream} * field value
            HSET {totals} field value
            ZADD {sweeps} 1 member
            ZCARD {sweeps}
            ZCARD {sizes}
            ZADD {sizes} 1 member
            ZRANGE {sizes} 0 1
            HMGET {tenant-totals} field
            HSET {tenant-totals} field value
            PERSIST {tenant-totals}
            HMGET {families} field
            HSET {families} field value
            HSETNX {family} field value
            HEXISTS {family} field
            HLEN {family}
            OBJECT ENCODING {family}
            HMGET {rejections} field
            HSET {rejections} field value
            PEXPIRE {rejections} 1
            GET {flush}
            SET {flush} value
            GET {idempotency}
            SET {idempotency} value
            PTTL {idempotency}
            PEXPIRE {idempotency} 1
            """;

    private static final String AGGREGATOR = """
            SETNX {partitions} value
            EVALSHA sha 2 {stream} {family}
            EVAL script 2 {stream} {family}
            XADD {dead} * field value
            XADD {tenant-dead} * field value
            XREVRANGE {stream} + -
            XREADGROUP GROUP group consumer STREAMS {stream} >
            XPENDING {stream} group
            XCLAIM {stream} group consumer 1 1-1
            XACK {stream} group 1-1
            XDEL {stream} 1-1
            XGROUP CREATE {stream} group 0
            XGROUP DELCONSUMER {stream} group consumer
            XINFO CONSUMERS {stream} group
            HSET {totals} field value
            ZRANGE {sweeps} 0 1
            ZSCORE {sweeps} member
            ZCARD {sweeps}
            ZADD {sweeps} 1 member
            ZREM {sweeps} member
            ZCARD {sizes}
            ZADD {sizes} 1 member
            ZREM {sizes} member
            HMGET {tenant-totals} field
            HSET {tenant-totals} field value
            HDEL {tenant-totals} field
            PEXPIRE {tenant-totals} 1
            UNLINK {tenant-totals}
            HLEN {families}
            HSCAN {families} 0
            HDEL {families} field
            HMGET {family} field
            HSET {family} field value
            HSCAN {family} 0
            HDEL {family} field
            HLEN {family}
            UNLINK {family}
            OBJECT ENCODING {family}
            UNLINK {tenant-dead}
            PEXPIRE {tenant-dead} 1
            PERSIST {tenant-dead}
            UNLINK {rejections}
            PEXPIRE {rejections} 1
            HSET {records} field value
            HDEL {records} field
            HSET {meta} field value
            ZADD {changed} 1 member
            ZREM {changed} member
            ZADD {deleted} 1 member
            ZCARD {deleted}
            ZPOPMIN {deleted}
            """;

    private static final String QUERY = """
            EVALSHA_RO sha 2 {stream} {tenant-totals}
            EVAL_RO script 2 {stream} {tenant-totals}
            HMGET {tenant-totals} field
            HLEN {families}
            HSCAN {families} 0
            HMGET {families} field
            HSCAN {family} 0
            HLEN {family}
            HSCAN {rejections} 0
            XREVRANGE {tenant-dead} + -
            """;

    private static final Map<String, String> OF_ROLE =
            Map.of("ingest", INGEST, "aggregator", AGGREGATOR, "query", QUERY);

    /** Those of a process with these roles, by their names: {@code ingest}, {@code aggregator}, {@code query}. */
    public static RoleCalls of(Collection<String> roles) {
        return new RoleCalls(Stream.concat(Stream.of(EVERY), roles.stream().map(OF_ROLE::get))
                .flatMap(String::lines)
                .distinct()
                .toList());
    }

    /** Those that the user of the connection may not make, by their commands and keys. Fails with {@link RedisFailure}. */
    List<String> forbidden(RedisConnection connection, Keyspace keyspace) {
        if (calls.isEmpty()) {
            return List.of();
        }
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        for (String call : calls) {
            List<String> words = Stream.of(call.split(" "))
                    .map(word -> word.startsWith("{") ? key(keyspace, word) : word)
                    .toList();
            arguments.add(words.size());
            words.forEach(arguments::add);
        }
        List<String> found = new ArrayList<>();
        try {
            Response places = SCRIPT.call(connection::send, arguments).await().indefinitely(); // it has the deadline
            places.forEach(place -> found.add(shown(keyspace, calls.get((int) RedisReply.number(place) - 1))));
        } catch (RedisFailure failure) {
            if (failure.kind() != RedisFailure.Kind.FORBIDDEN) {
                throw failure;
            }
            found.add("EVAL_RO");
        }
        return found;
    }

    /** The command, with its subcommand if it has one, and the keys. */
    private static String shown(Keyspace keyspace, String call) {
        String[] words = call.split(" ");
        boolean hasSubcommand = words[0].equals("XGROUP") || words[0].equals("XINFO") || words[0].equals("OBJECT");
        String command = hasSubcommand ? words[0] + " " + words[1] : words[0];
        return Stream.concat(
                        Stream.of(command),
                        Stream.of(words).filter(word -> word.startsWith("{")).map(word -> key(keyspace, word)))
                .collect(Collectors.joining(" "));
    }

    private static String key(Keyspace keyspace, String word) {
        int partition = keyspace.partitionOf(SOME_TENANT);
        return switch (word) {
            case "{partitions}" -> keyspace.partitionCount();
            case "{stream}" -> keyspace.stream(partition);
            case "{totals}" -> keyspace.totals(partition);
            case "{dead}" -> keyspace.deadLetters(partition);
            case "{sweeps}" -> keyspace.sweeps(partition);
            case "{sizes}" -> keyspace.sizes(partition);
            case "{flush}" -> keyspace.rejectionFlush(partition, "process");
            case "{tenant-totals}" -> keyspace.tenantTotals(SOME_TENANT);
            case "{families}" -> keyspace.families(SOME_TENANT);
            case "{family}" -> keyspace.family(SOME_TENANT, "family");
            case "{tenant-dead}" -> keyspace.tenantDeadLetters(SOME_TENANT);
            case "{rejections}" -> keyspace.tenantRejections(SOME_TENANT);
            case "{idempotency}" -> keyspace.idempotency(SOME_TENANT, "key");
            case "{records}" -> keyspace.tenantRecords();
            case "{changed}" -> keyspace.tenantsChanged();
            case "{deleted}" -> keyspace.tenantsDeleted();
            case "{meta}" -> keyspace.tenantsMeta();
            default -> throw new IllegalArgumentException("no such key: " + word);
        };
    }
}
