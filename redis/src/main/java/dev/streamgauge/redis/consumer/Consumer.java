package dev.streamgauge.redis.consumer;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnection;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisScript;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One consumer of the group, with a connection that nothing else uses.
 *
 * <p>All methods block, up to the deadline of a call, and throw {@link RedisFailure}. Not thread-safe.
 */
public final class Consumer implements AutoCloseable {

    private final RedisConnection connection;
    private final Keyspace keyspace;
    private final String name;
    private final Duration deadline;
    private final Runnable onReply;

    private Consumer(RedisConnection connection, Keyspace keyspace, String name, Duration deadline, Runnable onReply) {
        this.connection = connection;
        this.keyspace = keyspace;
        this.name = name;
        this.deadline = deadline;
        this.onReply = onReply;
    }

    /**
     * Connects.
     *
     * @param name unique among processes
     * @param onReply is run after each reply of Redis
     */
    public static Consumer open(RedisConnections connections, Keyspace keyspace, String name, Runnable onReply) {
        RedisConnection connection = connections.open().await().indefinitely(); // has a deadline of its own
        return new Consumer(connection, keyspace, name, connections.deadline(), onReply);
    }

    public Keyspace keyspace() {
        return keyspace;
    }

    public String name() {
        return name;
    }

    /** The deadline of each call. */
    Duration deadline() {
        return deadline;
    }

    /** What each script is given first: the partition's stream, and the group. */
    public RedisScript.Arguments arguments(int partition) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.stream(partition));
        return arguments.add(Keyspace.GROUP);
    }

    /** Calls a script, and waits for its answer. */
    public Response call(RedisScript script, RedisScript.Arguments arguments) {
        return answer(script.call(connection::send, arguments));
    }

    /**
     * Calls a script that has one good answer. Any other fails with the message that follows its tag.
     *
     * @param tag of the good answer
     */
    public Response call(RedisScript script, RedisScript.Arguments arguments, String tag) {
        Response answer = call(script, arguments);
        if (!answer.get(0).toString().equals(tag)) {
            throw new RedisFailure(RedisFailure.Kind.ERROR, answer.get(1).toString());
        }
        return answer;
    }

    /** Sends a command whose reply is never nil, and waits for the reply. */
    Response call(Request command) {
        return answer(connection.send(command));
    }

    /** Sends a command, and waits for its reply; null for nil. */
    @Nullable
    Response callForNullable(Request command) {
        return await(connection.send(command));
    }

    private Response answer(Uni<Response> call) {
        Response answer = await(call);
        if (answer == null) {
            throw new RedisFailure(RedisFailure.Kind.ERROR, "nil where a reply was expected");
        }
        return answer;
    }

    private @Nullable Response await(Uni<Response> call) {
        Response reply = call.await().indefinitely(); // the connection has the deadline
        onReply.run();
        return reply;
    }

    @Override
    public void close() {
        connection.close();
    }
}
