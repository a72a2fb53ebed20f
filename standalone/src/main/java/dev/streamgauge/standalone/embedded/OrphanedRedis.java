package dev.streamgauge.standalone.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * The redis-servers that a killed Streamgauge left running on a data folder. Two servers would corrupt the append-only
 * file, so these are stopped before the next one starts.
 *
 * <p>They are found by their arguments, among all processes: a pid file may be missing, or its pid may belong to
 * another process by now. Only a process with exactly the arguments from {@link RedisConfiguration} is stopped, so an
 * editor that has redis.conf open is safe. Call this only as the owner of the folder.
 */
final class OrphanedRedis {
    private static final Duration POLL = Duration.ofMillis(20);

    private final DataFolder folder;
    private final Duration stopTimeout;
    private final Consumer<String> report;

    OrphanedRedis(DataFolder folder, Duration stopTimeout, Consumer<String> report) {
        this.folder = folder;
        this.stopTimeout = stopTimeout;
        this.report = report;
    }

    /**
     * Stops all of them: SIGTERM first, SIGKILL after the timeout.
     *
     * @throws StartupException if one cannot be stopped because it belongs to another user
     */
    void stop() throws StartupException, InterruptedException {
        for (ProcessHandle server : find()) {
            server.destroy();
            if (!awaitEnd(server)) {
                server.destroyForcibly();
                if (!awaitEnd(server)) {
                    throw new StartupException("redis-server (pid " + server.pid() + ") still runs on " + folder.path()
                            + " and cannot be stopped from here: stop it, then start again");
                }
            }
            report.accept("Stopped the redis-server that an earlier Streamgauge had left running: pid=" + server.pid()
                    + " dataDir=" + folder.path());
        }
    }

    private List<ProcessHandle> find() {
        return ProcessHandle.allProcesses().filter(this::runsOnFolder).toList();
    }

    private boolean runsOnFolder(ProcessHandle process) {
        List<String> ours = RedisConfiguration.arguments(folder);
        List<String> theirs = List.of(process.info().arguments().orElse(new String[0]));
        return theirs.equals(ours) || (looksAlike(theirs) && worksIn(process, folder.redisDirectory()));
    }

    /** Returns whether these are the arguments of a redis-server that a Streamgauge started, on any folder. */
    private static boolean looksAlike(List<String> arguments) {
        return arguments.size() == 3
                && arguments.get(0).endsWith("/redis.conf")
                && arguments.get(1).equals("--pidfile")
                && arguments.get(2).endsWith("/redis.pid");
    }

    /** Recognizes the server of a folder that was moved, or is mounted under two names. Always false outside Linux. */
    private static boolean worksIn(ProcessHandle process, Path directory) {
        try {
            return Files.isSameFile(Path.of("/proc", Long.toString(process.pid()), "cwd"), directory);
        } catch (IOException e) {
            // There is no such file, or it belongs to another user: not our server.
            return false;
        }
    }

    private boolean awaitEnd(ProcessHandle server) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + stopTimeout.toNanos();
        // Not onExit: a dead process that its new parent has not reaped counts as alive, but has no arguments.
        while (server.isAlive() && runsOnFolder(server)) {
            if (System.nanoTime() - deadlineNanos > 0) {
                return false;
            }
            Pause.of(POLL);
        }
        return true;
    }
}
