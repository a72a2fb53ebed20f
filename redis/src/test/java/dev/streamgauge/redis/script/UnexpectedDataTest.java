package dev.streamgauge.redis.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisScript;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Check, compute, write: a script that finds unexpected data in one of its keys changes nothing and says so, or writes
 * everything. What exactly it answers is up to the tests of the classes that call it.
 */
class UnexpectedDataTest {

    private static final String FAILURE = "failure: ";
    private static final String LAST = "the last command of the call";
    private static final String GREATEST_ID = "18446744073709551615-18446744073709551615";

    /** The command that stores a value of a type. */
    private static final Map<String, String> TYPES = new TreeMap<>(Map.of(
            "string", "SET KEY unexpected",
            "list", "RPUSH KEY unexpected",
            "hash", "HSET KEY unexpected 1",
            "set", "SADD KEY unexpected",
            "zset", "ZADD KEY 1 unexpected",
            "stream", "XADD KEY 1-0 unexpected 1"));

    private static final List<String> VALUES =
            List.of("", "unexpected", "nan", "inf", "-inf", "-1", "1.5", "9".repeat(30), "0x10", "c", "r");

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    static Stream<ScriptCall> calls() {
        return ScriptCall.all();
    }

    @ParameterizedTest
    @MethodSource("calls")
    void script_succeeds_whenNothingIsUnexpected(ScriptCall call) {
        store(call);

        assertThat(answer(call)).isIn(call.successes());
    }

    @ParameterizedTest
    @MethodSource("calls")
    void script_changesNothing_whenAKeyIsOfAnotherType(ScriptCall call) {
        List<String> violations = new ArrayList<>();

        for (String key : call.keys()) {
            TYPES.forEach((type, words) -> {
                if (!type.equals(ScriptCall.typeOf(key))) {
                    Outcome outcome = outcome(call, "DEL " + key, words.replace("KEY", key));
                    if (call.ignored().contains(key) ? !outcome.succeeds : !outcome.isRejected()) {
                        violations.add(key + " is a " + type + ": " + outcome);
                    }
                }
            });
        }

        assertThat(violations).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("calls")
    void script_changesNothingOrSucceeds_whenAKeyHoldsUnexpectedData(ScriptCall call) throws IOException {
        List<String> violations = new ArrayList<>();

        List<List<String>> commands = commandsOf(call);
        store(call);
        for (String unexpected : call.keys().stream()
                .flatMap(key -> unexpectedData(key, commands).stream())
                .toList()) {
            Outcome outcome = outcome(call, unexpected);
            if (!outcome.succeeds && !outcome.isRejected()) {
                violations.add(unexpected + ": " + outcome);
            }
        }

        assertThat(violations).isEmpty();
    }

    @Test
    void calls_useAllCommandsThatScriptsWriteWith() throws IOException {
        RedisCommands commands = RedisCommands.of(redis);
        Map<String, Set<String>> used = new TreeMap<>();
        for (ScriptCall call : calls().toList()) {
            for (List<String> words : commandsOf(call)) {
                String name = commands.name(words);
                if (commands.writing().contains(name)) {
                    used.computeIfAbsent(call.script(), script -> new TreeSet<>())
                            .add(name);
                }
            }
        }

        Map<String, Set<String>> written = new TreeMap<>();
        for (String script : ScriptFiles.scripts()) {
            Set<String> writes = ScriptRules.writesOf(ScriptFiles.text(script).text(), commands);
            if (!writes.isEmpty()) {
                written.put(script, writes);
            }
        }
        assertThat(used).isEqualTo(written);
    }

    private Object command(String words) {
        return redis.command(words.split(" ", -1));
    }

    private void store(ScriptCall call) {
        redis.command("FLUSHALL");
        call.given().forEach(this::command);
    }

    /** The first word of the answer, or of the first of several answers. */
    private String answer(ScriptCall call) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        call.keys().forEach(arguments::declare);
        call.arguments().forEach(arguments::add);
        try {
            Response answer = RedisScript.load(call.script())
                    .call(redis.connections()::send, arguments)
                    .await()
                    .indefinitely(); // the connection has a deadline
            Response first = answer.get(0);
            return (first.type() == ResponseType.MULTI ? first.get(0) : first).toString();
        } catch (RedisFailure failure) {
            return FAILURE + failure.getMessage();
        }
    }

    /** Stores what the call finds, and then what it does not expect, and calls the script. */
    private Outcome outcome(ScriptCall call, String... unexpected) {
        store(call);
        Stream.of(unexpected).forEach(this::command);
        String before = redis.dump();
        String answer = answer(call);
        boolean changes = !redis.dump().equals(before);
        return new Outcome(answer, call.successes().contains(answer), changes);
    }

    /** The commands that a script runs where nothing is unexpected. */
    private List<List<String>> commandsOf(ScriptCall call) throws IOException {
        store(call);
        try (RedisMonitor monitor = new RedisMonitor(redis.url())) {
            answer(call);
            redis.command("ECHO", LAST);
            return monitor.linesUpTo(LAST).stream()
                    .filter(RedisMonitor::isOfAScript)
                    .map(RedisMonitor::words)
                    .toList();
        }
    }

    /** Commands that put something unexpected into a key, one thing each, given what the call finds there. */
    private List<String> unexpectedData(String key, List<List<String>> commands) {
        List<String> unexpected = new ArrayList<>(List.of("DEL " + key));
        switch (ScriptCall.typeOf(key)) {
            case "string" -> VALUES.forEach(value -> unexpected.add("SET " + key + " " + value));
            case "hash" -> {
                Set<String> fields = new TreeSet<>(fieldsRead(key, commands));
                list("HKEYS", key).forEach(field -> fields.add(String.valueOf(field)));
                fields.forEach(
                        field -> VALUES.forEach(value -> unexpected.add("HSET " + key + " " + field + " " + value)));
            }
            case "zset" ->
                list("ZRANGE", key, "0", "-1").forEach(member -> {
                    for (String score : List.of("inf", "-inf", "-1.5")) {
                        unexpected.add("ZADD " + key + " " + score + " " + member);
                    }
                });
            default -> {
                unexpected.add("XADD " + key + " " + GREATEST_ID + " unexpected 1");
                unexpected.add("XADD " + key + " 9-0 unexpected 1");
                unexpected.add("XADD " + key + " 9-0 p ");
                unexpected.add("XTRIM " + key + " MAXLEN 0");
                if (redis.number("EXISTS", key) == 1
                        && !list("XINFO", "GROUPS", key).isEmpty()) {
                    unexpected.add("XGROUP DESTROY " + key + " group");
                    unexpected.add("XGROUP DELCONSUMER " + key + " group first");
                    unexpected.add("XACK " + key + " group 2-0");
                }
            }
        }
        return unexpected;
    }

    private List<?> list(String... words) {
        return (List<?>) Objects.requireNonNull(redis.command(words));
    }

    private static List<String> fieldsRead(String key, List<List<String>> commands) {
        return commands.stream()
                .filter(words -> List.of("HGET", "HMGET", "HEXISTS").contains(words.getFirst()))
                .filter(words -> words.get(1).equals(key))
                .flatMap(words -> words.subList(2, words.size()).stream())
                .toList();
    }

    private record Outcome(String answer, boolean succeeds, boolean changes) {

        /** Whether the script has found what is wrong. A first write may fail: admission's XADD, if no id is left. */
        boolean isRejected() {
            boolean fails = answer.startsWith(FAILURE) && !answer.contains("exhausted the last possible ID");
            return !succeeds && !changes && !fails;
        }
    }
}
