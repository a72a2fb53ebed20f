package dev.streamgauge.redis;

import dev.streamgauge.redis.script.ScriptText;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A Lua script of this module, called by its digest; where the server has forgotten it (restart, {@code SCRIPT FLUSH}),
 * by its text. A server that does not know the digest has certainly run nothing, so that second call is no repetition.
 *
 * <p>A script that declares {@code no-writes} is called by a read-only command, which Redis permits to a user with read
 * access alone. For any other call Redis requires write access to its keys.
 */
public final class RedisScript {

    private static final String READ_ONLY = "#!lua flags=no-writes";

    private final ScriptText source;
    private final String text;
    private final String sha1;
    private final Command byDigest;
    private final Command byText;

    private RedisScript(ScriptText source) {
        this.source = source;
        this.text = source.text();
        this.sha1 = sha1(text);
        boolean onlyReads = text.startsWith(READ_ONLY);
        this.byDigest = onlyReads ? Command.EVALSHA_RO : Command.EVALSHA;
        this.byText = onlyReads ? Command.EVAL_RO : Command.EVAL;
    }

    /**
     * The script of that file name in {@code scripts/}, with the files that it includes.
     *
     * @throws IllegalStateException if one of these files does not exist, or an include is wrong
     */
    public static RedisScript load(String fileName) {
        return new RedisScript(ScriptText.read(fileName, RedisScript::find));
    }

    private static Optional<String> find(String file) {
        try (InputStream in = RedisScript.class.getResourceAsStream("scripts/" + file)) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    /**
     * Calls the script through that sender, such as {@code connection::send}. Fails with {@link RedisFailure}, also if the
     * script was not allowed to make a call, which is no sign of unexpected data. The failure's message names lines of
     * our files.
     */
    public Uni<Response> call(Function<Request, Uni<Response>> sender, Arguments arguments) {
        return sender.apply(arguments.request(byDigest, sha1))
                .onFailure(RedisScript::isUnknownScript)
                .recoverWithUni(() -> sender.apply(arguments.request(byText, text)))
                .invoke(RedisScript::failIfForbidden)
                .onFailure(RedisFailure.class)
                .transform(this::located);
    }

    private RedisFailure located(RedisFailure failure) {
        String message = source.locate(failure.getMessage());
        return message.equals(failure.getMessage()) ? failure : new RedisFailure(failure.kind(), message, failure);
    }

    private static void failIfForbidden(@Nullable Response answer) {
        if (answer == null || answer.type() != ResponseType.MULTI || answer.size() != 2) {
            return;
        }
        boolean isBroken = answer.get(0).type() == ResponseType.BULK
                && answer.get(0).toString().equals("BROKEN");
        if (isBroken && RedisFailure.isForbiddenInScript(answer.get(1).toString())) {
            throw new RedisFailure(RedisFailure.Kind.FORBIDDEN, answer.get(1).toString());
        }
    }

    private static boolean isUnknownScript(Throwable thrown) {
        return thrown instanceof RedisFailure failure
                && failure.kind() == RedisFailure.Kind.ERROR
                && failure.getMessage().startsWith("NOSCRIPT");
    }

    /** KEYS and ARGV of one call. A key is declared once, and named by its number in ARGV. */
    public static final class Arguments {

        private final Map<String, Integer> keys = new LinkedHashMap<>();
        private final List<byte[]> values = new ArrayList<>();

        /** Declares a key, if it is not yet; its number, from 1. */
        public int declare(String key) {
            Integer known = keys.putIfAbsent(key, keys.size() + 1);
            return known == null ? keys.size() : known;
        }

        /** Declares a key if need be, and adds its number. */
        public Arguments addKey(String key) {
            return add(declare(key));
        }

        public Arguments add(byte[] value) {
            values.add(value);
            return this;
        }

        public Arguments add(String value) {
            return add(value.getBytes(StandardCharsets.UTF_8));
        }

        public Arguments add(long value) {
            return add(Long.toString(value));
        }

        public Arguments add(double value) {
            return add(Double.toString(value));
        }

        private Request request(Command command, String script) {
            Request request = Request.cmd(command).arg(script).arg(keys.size());
            keys.keySet().forEach(request::arg);
            values.forEach(request::arg);
            return request;
        }
    }
}
