package dev.streamgauge.redis.script;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A call of a script that writes, and the data that it meets.
 *
 * @param purpose what the call does
 * @param given commands that store the data, with a space between words
 * @param successes first words of the answers that say that everything was written
 * @param ignored keys that the call succeeds without, whatever their type is
 */
record ScriptCall(
        String script,
        String purpose,
        List<String> given,
        List<String> keys,
        List<String> arguments,
        Set<String> successes,
        Set<String> ignored) {

    private static final String STREAM = "sg:{0}:stream";
    private static final String TOTALS = "sg:{0}:totals";
    private static final String SWEEPS = "sg:{0}:sweeps";
    private static final String SIZES = "sg:{0}:sizes";
    private static final String DEAD = "sg:{0}:dead";
    private static final String FLUSH = "sg:{0}:flush:ingest";
    private static final String IDEMPOTENCY = "sg:{0}:idem:acme:key";
    private static final String TENANT_TOTALS = "sg:{0}:t:acme:totals";
    private static final String FAMILIES = "sg:{0}:t:acme:families";
    private static final String FAMILY = "sg:{0}:t:acme:f:orders_total";
    private static final String TENANT_DEAD = "sg:{0}:t:acme:dead";
    private static final String REJECTED = "sg:{0}:t:acme:refused";
    private static final String RECORDS = "sg:{tenants}:records";
    private static final String CHANGED = "sg:{tenants}:changed";
    private static final String DELETED = "sg:{tenants}:deleted";
    private static final String META = "sg:{tenants}:meta";

    /** Two entries that a consumer has read. */
    private static final List<String> TWO_ENTRIES = List.of(
            "XADD " + STREAM + " 1-0 p \1",
            "XADD " + STREAM + " 2-0 p \1",
            "XGROUP CREATE " + STREAM + " group 0",
            "XREADGROUP GROUP group first COUNT 2 STREAMS " + STREAM + " >");

    /** A tenant with two series of one family, whose entries are all folded. */
    private static final List<String> TWO_SERIES = List.of(
            "XADD " + STREAM + " 1-0 p \1",
            "XGROUP CREATE " + STREAM + " group 0",
            "XDEL " + STREAM + " 1-0",
            "HSET " + TENANT_TOTALS + " accepted 2 series 2 registry_bytes 9 backlog 0 epoch 1 since 1 held 0",
            "HSET " + FAMILIES + " orders_total c",
            "HSET " + FAMILY + " a " + counter() + " b " + counter(),
            "XADD " + TENANT_DEAD + " 1-0 id 1-0",
            "HSET " + REJECTED + " rate 1");

    private static final List<String> END_SWEEP_KEYS =
            List.of(SWEEPS, FAMILIES, TENANT_TOTALS, SIZES, TENANT_DEAD, REJECTED);
    private static final List<String> REMOVAL_KEYS =
            List.of(STREAM, TENANT_TOTALS, FAMILIES, TENANT_DEAD, REJECTED, SWEEPS, SIZES, FAMILY);

    /** Calls of every script that writes. Together, a script's calls use every command that it writes with. */
    static Stream<ScriptCall> all() {
        return Stream.of(
                        admissions(),
                        registrations(),
                        directoryChanges(),
                        groupCalls(),
                        folds(),
                        deadLetters(),
                        rejections(),
                        sweeps(),
                        removals())
                .flatMap(Collection::stream);
    }

    private static ScriptCall call(String script, String purpose, String... successes) {
        return new ScriptCall(script, purpose, List.of(), List.of(), List.of(), Set.of(successes), Set.of());
    }

    private ScriptCall given(List<String> stored, String... more) {
        List<String> commands = Stream.concat(stored.stream(), Stream.of(more)).toList();
        return new ScriptCall(script, purpose, commands, keys, arguments, successes, ignored);
    }

    private ScriptCall given(String... stored) {
        return given(List.of(), stored);
    }

    private ScriptCall keys(String... names) {
        return keys(List.of(names));
    }

    private ScriptCall keys(List<String> names) {
        return new ScriptCall(script, purpose, given, names, arguments, successes, ignored);
    }

    private ScriptCall arguments(String... values) {
        return new ScriptCall(script, purpose, given, keys, List.of(values), successes, ignored);
    }

    private ScriptCall ignoring(String... names) {
        return new ScriptCall(script, purpose, given, keys, arguments, successes, Set.of(names));
    }

    /** The type that a key must have. */
    static String typeOf(String key) {
        if (key.matches(".*:(stream|dead)")) {
            return "stream";
        }
        if (key.matches(".*:(sweeps|sizes|changed|deleted)")) {
            return "zset";
        }
        return key.matches(".*:(idem|flush):.*") ? "string" : "hash";
    }

    private static List<ScriptCall> admissions() {
        String hash = "h".repeat(32);
        String tenant = packed(5, 6, 8.0, 8.0, 2.0, 8.0, 2.0, 8.0, 8.0, 0x1p20, 0x1p20, 0x1p20);
        String request = packed(1, 7, 1, 1, 0, 1, 1, 1);
        String[] keys = {STREAM, TOTALS, SWEEPS, SIZES, TENANT_TOTALS, FAMILIES, IDEMPOTENCY, FAMILY};
        return List.of(
                call("admit_requests.lua", "stores a request of a tenant that was fenced", "OK")
                        .given(
                                "XADD " + STREAM + " 1-0 p \1",
                                "HSET " + TOTALS + " accepted 1 pending 1",
                                "HSET " + TENANT_TOTALS + " accepted 1 pending 1 backlog 1 backlog_bytes 9"
                                        + " series 1 registry_bytes 9 epoch 1 held 1",
                                "HSET " + FAMILIES + " other_total c",
                                "HSET " + FAMILY + " b r")
                        .keys(keys)
                        .ignoring(SWEEPS, SIZES)
                        .arguments(
                                "60000",
                                "8",
                                "NONE",
                                "0",
                                "ALONE",
                                "ANY",
                                "1",
                                tenant,
                                "1",
                                request,
                                "-",
                                hash,
                                "answer",
                                "orders_total",
                                "c",
                                "8",
                                "a",
                                "\1"),
                call("admit_requests.lua", "answers a repetition, and waits for a replica", "REPLAY", "OK")
                        .given("SET " + IDEMPOTENCY + " 2" + hash + "answer PX 60000")
                        .keys(keys)
                        .ignoring(SWEEPS, SIZES, FAMILIES, FAMILY)
                        .arguments(
                                "60000",
                                "8",
                                "NONE",
                                "0",
                                "REPLICATED",
                                "ANY",
                                "1",
                                tenant,
                                "1",
                                request,
                                "-",
                                hash,
                                "answer",
                                "orders_total",
                                "c",
                                "8",
                                "a",
                                "\1"));
    }

    private static List<ScriptCall> registrations() {
        return List.of(call("admit_requests.lua", "registers a series ahead of its sample", "OK")
                .given("HSET " + TENANT_TOTALS + " accepted 1 epoch 1", "ZADD " + SWEEPS + " 1 other")
                .keys(STREAM, TOTALS, SWEEPS, SIZES, TENANT_TOTALS, FAMILIES, FAMILY)
                .ignoring(SIZES)
                .arguments(
                        "60000",
                        "8",
                        "NONE",
                        "0",
                        "ALONE",
                        "ANY",
                        "1",
                        packed(5, 6, 8.0, 8.0, 2.0, 8.0, 2.0, 8.0, 8.0, 0x1p20, 0x1p20, 0x1p20),
                        "1",
                        packed(1, 0, 0, 0, 0, 1, 1, 0),
                        "-",
                        "acme",
                        "orders_total",
                        "c",
                        "7",
                        "a"));
    }

    private static List<ScriptCall> directoryChanges() {
        return List.of(
                call("change_tenant.lua", "creates a tenant again", "CHANGED")
                        .given(
                                "HSET " + META + " epoch 1.1 version 3",
                                "HSET " + RECORDS + " other record",
                                "ZADD " + CHANGED + " 1 other 3 acme",
                                "ZADD " + DELETED + " 3 acme")
                        .keys(RECORDS, CHANGED, DELETED, META)
                        .arguments("acme", "", "record", "10", "10"),
                call("change_tenant.lua", "deletes a tenant, and forgets another deleted one", "CHANGED")
                        .given(
                                "HSET " + META + " epoch 1.1 version 3",
                                "HSET " + RECORDS + " acme record",
                                "ZADD " + CHANGED + " 1 acme 3 other",
                                "ZADD " + DELETED + " 3 other")
                        .keys(RECORDS, CHANGED, DELETED, META)
                        .arguments("acme", "record", "", "10", "1"));
    }

    private static List<ScriptCall> groupCalls() {
        return List.of(
                call("create_group.lua", "creates a group", "CREATED")
                        .given("XADD " + STREAM + " 1-0 p \1")
                        .keys(STREAM)
                        .arguments("group"),
                call("remove_consumer.lua", "removes a consumer", "REMOVED")
                        .given(TWO_ENTRIES, "XGROUP CREATECONSUMER " + STREAM + " group second")
                        .keys(STREAM)
                        .arguments("group", "second"),
                call("keep_entries.lua", "keeps two entries", "KEPT")
                        .given(TWO_ENTRIES)
                        .keys(STREAM)
                        .arguments("group", "first", "1-0", "2-0"),
                call("claim_entries.lua", "claims an entry, and counts a lost one", "CLAIMED")
                        .given(TWO_ENTRIES, "XDEL " + STREAM + " 2-0", "HSET " + TOTALS + " lost 1")
                        .keys(STREAM, TOTALS)
                        .arguments("group", "second", "0", "10", "1", "-"));
    }

    private static List<ScriptCall> folds() {
        return List.of(call("fold_batch.lua", "folds into a series, and into a new one", "FOLDED")
                .given(
                        TWO_ENTRIES,
                        "HSET " + TOTALS + " folded 1 pending 2 saturated 1",
                        "ZADD " + SWEEPS + " 1 other",
                        "HSET " + TENANT_TOTALS + " folded 1 pending 2 backlog 2 backlog_bytes 9 series 1"
                                + " registry_bytes 9 since 1",
                        "HSET " + FAMILY + " a " + counter())
                .keys(STREAM, TOTALS, SWEEPS, TENANT_TOTALS, FAMILY)
                .ignoring(SWEEPS, SIZES) // the sweep reports it
                .arguments(
                        "group",
                        "first",
                        "100",
                        "2",
                        "1-0",
                        "2-0",
                        "1",
                        "acme",
                        "4",
                        "2",
                        "2",
                        "2",
                        "1",
                        "5",
                        "c",
                        "60",
                        "2",
                        "a",
                        "b",
                        packed(2.0, 0.0),
                        packed(2.0, 0.0)));
    }

    private static List<ScriptCall> deadLetters() {
        List<String> ofTenant =
                List.of("group", "first", "1-0", "1", "MALFORMED", "no-labels", "acme", "orders_total", "8", "8");
        List<String> given = Stream.concat(
                        TWO_ENTRIES.stream(),
                        Stream.of(
                                "HSET " + TOTALS + " dead 1 pending 2 buried 1 lost 1",
                                "XADD " + DEAD + " 1-0 id 1-0",
                                "HSET " + TENANT_TOTALS + " dead 1 pending 2 backlog 2 backlog_bytes 9",
                                "XADD " + TENANT_DEAD + " 1-0 id 1-0"))
                .toList();
        return List.of(
                call("dead_letter_entry.lua", "sets an entry of a tenant aside", "DEAD_LETTERED", "LOST")
                        .given(given)
                        .keys(STREAM, TOTALS, DEAD, TENANT_TOTALS, TENANT_DEAD)
                        .arguments(ofTenant.toArray(String[]::new)),
                call("dead_letter_entry.lua", "sets an entry without tenant aside", "DEAD_LETTERED", "LOST")
                        .given(given)
                        .keys(STREAM, TOTALS, DEAD)
                        .arguments("group", "first", "1-0", "0", "MALFORMED", "cut-short", "", "", "8", "8"),
                call("dead_letter_entry.lua", "counts a lost entry", "LOST")
                        .given(given, "XDEL " + STREAM + " 1-0")
                        .keys(STREAM, TOTALS, DEAD, TENANT_TOTALS, TENANT_DEAD)
                        .ignoring(TENANT_TOTALS)
                        .arguments(ofTenant.toArray(String[]::new)));
    }

    private static List<ScriptCall> rejections() {
        ScriptCall flush = call("count_rejections.lua", "counts for a tenant", "COUNTED")
                .given("SET " + FLUSH + " 1", "HSET " + TENANT_TOTALS + " accepted 1", "HSET " + REJECTED + " rate 1")
                .keys(FLUSH, TENANT_TOTALS, REJECTED)
                .ignoring(TENANT_TOTALS, REJECTED) // the answer names the tenant
                .arguments("2", "60000", "60000", "1", "2", "3", "9", "8", "4", "2", "rate", "3", "size", "4");
        return List.of(
                flush,
                call("count_rejections.lua", "counts for a tenant without accepted samples", "COUNTED")
                        .keys(flush.keys)
                        .ignoring(TENANT_TOTALS, REJECTED)
                        .arguments(flush.arguments.toArray(String[]::new)));
    }

    private static List<ScriptCall> sweeps() {
        return List.of(
                call("claim_sweep.lua", "claims a tenant", "CLAIMED")
                        .given("ZADD " + SWEEPS + " 1 acme 2 other")
                        .keys(SWEEPS)
                        .arguments("60"),
                call("sweep_series.lua", "removes a family", "SWEPT")
                        .given(TWO_SERIES, "ZADD " + SWEEPS + " 1 acme")
                        .keys(STREAM, SWEEPS, TENANT_TOTALS, FAMILIES, FAMILY)
                        .arguments("acme", "60", "orders_total", "c", "1", "0", "10"),
                call("end_sweep.lua", "puts a tenant off", "ENDED")
                        .given(TWO_SERIES, "ZADD " + SWEEPS + " 1 acme")
                        .keys(END_SWEEP_KEYS)
                        .ignoring(SIZES, TENANT_DEAD, REJECTED)
                        .arguments("acme", "60", "600", "1000", "400", "9", "REMOVE", "60000"),
                call("end_sweep.lua", "leaves a tenant without families", "ENDED")
                        .given("ZADD " + SWEEPS + " 1 acme")
                        .keys(END_SWEEP_KEYS)
                        .ignoring(SIZES, TENANT_DEAD, REJECTED)
                        .arguments("acme", "60", "600", "1000", "-", "-", "KEEP", "60000"),
                call("end_sweep.lua", "removes a tenant without families", "ENDED")
                        .given(
                                "ZADD " + SWEEPS + " 1 acme",
                                "HSET " + TENANT_TOTALS + " accepted 1",
                                "XADD " + TENANT_DEAD + " 1-0 id 1-0",
                                "HSET " + REJECTED + " rate 1")
                        .keys(END_SWEEP_KEYS)
                        .ignoring(SIZES, TENANT_DEAD, REJECTED)
                        .arguments("acme", "60", "600", "1000", "-", "-", "REMOVE", "60000"));
    }

    private static List<ScriptCall> removals() {
        String[] written = {"REMOVED", "DONE", "RELEASED", "BUSY"};
        return List.of(
                call("remove_series.lua", "removes a series", written)
                        .given(TWO_SERIES, "ZADD " + SWEEPS + " 1 acme")
                        .keys(REMOVAL_KEYS)
                        .ignoring(TENANT_DEAD, REJECTED, SIZES)
                        .arguments("group", "SELECT", "60000", "60000", "acme", "orders_total", "1", "a"),
                call("remove_series.lua", "removes all series of a fenced tenant", written)
                        .given(TWO_SERIES, "HSET " + TENANT_TOTALS + " held 99999999999999 held_after 1-0")
                        .keys(REMOVAL_KEYS)
                        .ignoring(TENANT_DEAD, REJECTED, SIZES)
                        .arguments("group", "RESET", "60000", "60000", "acme", "orders_total", "0"),
                call("remove_series.lua", "removes a tenant", written)
                        .given(TWO_SERIES)
                        .keys(REMOVAL_KEYS)
                        .ignoring(TENANT_DEAD, REJECTED, SIZES)
                        .arguments("group", "PURGE", "60000", "60000", "acme", "orders_total", "0"),
                call("remove_series.lua", "waits for a backlog", written)
                        .given(
                                TWO_SERIES,
                                "XADD " + STREAM + " 2-0 p \1",
                                "HSET " + TENANT_TOTALS + " backlog 1 held 99999999999999 held_after 2-0")
                        .keys(REMOVAL_KEYS)
                        .ignoring(TENANT_DEAD, REJECTED, SIZES)
                        .arguments("group", "SELECT", "60000", "60000", "acme", "orders_total", "0"),
                call("remove_series.lua", "releases a tenant", written)
                        .given(TWO_SERIES)
                        .keys(REMOVAL_KEYS.subList(0, 7))
                        .ignoring(TENANT_DEAD, REJECTED, SIZES)
                        .arguments("group", "RELEASE", "60000", "60000", "acme"));
    }

    /** The stored value of a counter that was last folded in 1970, and is 0. */
    private static String counter() {
        return "c" + "\0".repeat(28);
    }

    /** Integers of four bytes and doubles of eight. The doubles must be such that all their bytes are ASCII. */
    private static String packed(Number... numbers) {
        ByteBuffer packed = ByteBuffer.allocate(Double.BYTES * numbers.length);
        for (Number number : numbers) {
            if (number instanceof Integer) {
                packed.putInt(number.intValue());
            } else {
                packed.putDouble(number.doubleValue());
            }
        }
        byte[] bytes = new byte[packed.position()];
        packed.flip().get(bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return script + " " + purpose;
    }
}
