package dev.streamgauge.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.redis.script.ScriptFiles;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

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
}
