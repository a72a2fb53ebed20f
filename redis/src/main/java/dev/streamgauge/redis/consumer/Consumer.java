package dev.streamgauge.redis.consumer;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.topology.RedisConnection;
import dev.streamgauge.redis.topology.RedisNode;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One consumer of the group, with a connection that nothing else uses.
 *
 * <p>All methods block, up to the deadline of a call, and throw {@link RedisFailure}. Not thread-safe.
 */
public final class Consumer implements AutoCloseable {

    private final RedisConnection connection;
    private final RedisNode node;
    private final String name;
    private final Runnable onReply;

    private Consumer(RedisConnection connection, RedisNode node, String name, Runnable onReply) {
        this.connection = connection;
        this.node = node;
        this.name = name;
        this.onReply = onReply;
    }

    /**
     * Connects to the node, whose partitions alone may be used.
     *
     * @param name unique among processes
     * @param onReply is run after each reply of Redis
     */
    public static Consumer open(RedisNode node, String name, Runnable onReply) {
        RedisConnection connection = node.connections().open().await().indefinitely(); // has a deadline of its own
        return new Consumer(connection, node, name, onReply);
    }

    public Keyspace keyspace() {
        return node.keyspace();
    }

    /** The partitions of the node. */
    public List<Integer> partitions() {
        return node.partitions();
    }

    public String name() {
        return name;
    }

    /** The deadline of each call. */
    Duration deadline() {
        return node.connections().deadline();
    }

    /** What each script is given first: the partition's stream, and the group. */
    public RedisScript.Arguments arguments(int partition) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace().stream(partition));
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
