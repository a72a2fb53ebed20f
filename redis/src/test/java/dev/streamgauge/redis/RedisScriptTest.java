package dev.streamgauge.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.redis.script.ScriptFiles;
import dev.streamgauge.redis.script.ScriptText;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RedisScriptTest {

    private static final RedisScript REMOVE = RedisScript.load("remove_consumer.lua");

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final List<String> sent = new ArrayList<>();

    private Uni<Response> send(Request request) {
        sent.add(request.command().toString());
        return redis.connections().send(request);
    }

    private static RedisScript.Arguments arguments() {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare("sg:{0}:stream");
        return arguments.add("group").add("consumer");
    }

    @Test
    void call_sendsTheTextOnce_whenTheServerDoesNotKnowTheScript() {
        redis.command("SCRIPT", "FLUSH");
        REMOVE.call(this::send, arguments()).await().indefinitely();

        REMOVE.call(this::send, arguments()).await().indefinitely();

        assertThat(sent).containsExactly("evalsha", "eval", "evalsha");
    }

    @Test
    void call_asksForNoRightToWrite_whenTheScriptOnlyReads() {
        RedisScript read = RedisScript.load("read_pending.lua");
        redis.command("XGROUP", "CREATE", "sg:{0}:stream", "group", "0", "MKSTREAM");
        redis.command("SCRIPT", "FLUSH");

        Response answer =
                read.call(this::send, arguments().add("0-0").add(1)).await().indefinitely();

        assertThat(answer.get(0)).hasToString("READ");
        assertThat(sent).containsExactly("evalsha_ro", "eval_ro");
    }

    @Test
    void call_sendsNothingTwice_whenTheScriptFails() {
        RedisScript fold = RedisScript.load("fold_batch.lua");
        Uni<Response> tooFewArguments = fold.call(this::send, arguments());
        assertThatThrownBy(() -> tooFewArguments.await().indefinitely()).isInstanceOf(RedisFailure.class);
        sent.clear();

        assertThatThrownBy(() -> fold.call(this::send, arguments()).await().indefinitely())
                .isInstanceOfSatisfying(
                        RedisFailure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.ERROR));

        assertThat(sent).containsExactly("evalsha");
    }

    @Test
    void declare_givesAKeyOneNumber_howeverOftenItIsDeclared() {
        RedisScript.Arguments arguments = new RedisScript.Arguments();

        List<Integer> numbers =
                Stream.of("a", "b", "a", "c", "b").map(arguments::declare).toList();

        assertThat(numbers).containsExactly(1, 2, 1, 3, 2);
    }

    @Test
    void load_fails_whenThereIsNoSuchScript() {
        assertThatThrownBy(() -> RedisScript.load("no_such.lua"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no script no_such.lua");
    }

    @Test
    void call_namesTheLineOfTheFile_whenTheScriptFails() {
        List<String> lines = ScriptFiles.read("fold_batch.lua").lines().toList();
        int line = 1
                + lines.indexOf("  local pending = redis.pcall('XPENDING', stream, group, ARGV[first_id],"
                        + " ARGV[first_id + entry_count - 1], entry_count,");
        Uni<Response> tooFewArguments = RedisScript.load("fold_batch.lua").call(this::send, arguments());

        assertThatThrownBy(() -> tooFewArguments.await().indefinitely())
                .isInstanceOf(RedisFailure.class)
                .hasMessageStartingWith("ERR fold_batch.lua:" + line + ": attempt to perform arithmetic");
    }

    static List<String> scripts() {
        return ScriptFiles.scripts().stream()
                // This one calls nothing and has no keys: it asks what its user may call.
                .filter(script -> !script.equals("find_forbidden.lua"))
                .toList();
    }

    /** The rules that keep a fold exact; each was broken once, and counted wrongly. */
    @ParameterizedTest
    @MethodSource("scripts")
    void script_keepsTheRules(String script) {
        ScriptText text = ScriptFiles.text(script);

        List<String> violations = ScriptRules.violations(text.text(), RedisCommands.of(redis)).stream()
                .map(violation -> text.locate(violation.replaceFirst("^line ", "user_script:")))
                .toList();

        assertThat(text.text().lines()).startsWith(firstLineOf(script));
        assertThat(violations).isEmpty();
    }

    /** What adds from outside must not run when Redis is full, and all else must; no-writes implies that. */
    private static String firstLineOf(String script) {
        return switch (script) {
            case "admit_requests.lua", "count_rejections.lua" -> "#!lua";
            case "count_orphans.lua", "read_clock.lua", "read_pending.lua", "read_tenants.lua" -> ScriptRules.READ_ONLY;
            default -> "#!lua flags=allow-oom";
        };
    }
}
