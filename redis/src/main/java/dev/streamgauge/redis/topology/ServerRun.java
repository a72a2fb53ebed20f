package dev.streamgauge.redis.topology;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of one Redis server, with one history of its data. What a process has learned from Redis is valid for one run
 * only. Another run may have an older state: of the disk, if the server was started again, or of a replica.
 *
 * @param id differs from the id of each other run
 */
public record ServerRun(String id) {

    /** No run at all. */
    public static final ServerRun NONE = new ServerRun("");

    /** Asks a server for its run. */
    static final Request REQUEST = Request.cmd(Command.INFO).arg("server").arg("replication");

    /** Changes at each start of the server. */
    private static final Pattern RUN_ID = Pattern.compile("^run_id:(\\w+)", Pattern.MULTILINE);

    /** Changes when the server becomes a primary or the replica of another one. */
    private static final Pattern HISTORY = Pattern.compile("^master_replid:(\\w+)", Pattern.MULTILINE);

    /** The run that an answer to {@link #REQUEST} tells; empty if it does not. */
    static Optional<ServerRun> parse(String answer) {
        Matcher run = RUN_ID.matcher(answer);
        Matcher history = HISTORY.matcher(answer);
        return run.find() && history.find()
                ? Optional.of(new ServerRun(run.group(1) + "/" + history.group(1)))
                : Optional.empty();
    }
}
