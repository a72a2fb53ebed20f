package dev.streamgauge.standalone.embedded;

import dev.streamgauge.standalone.embedded.files.OwnerOnly;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Starts redis-server on a data folder, and waits until it takes commands. */
final class RedisLauncher {
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration NOTE_EVERY = Duration.ofSeconds(10);

    /** What Redis writes before the reason, which its C library words. */
    private static final String PORT_TAKEN = "Could not create server TCP listening socket";

    private final DataFolder folder;
    private final Path program;
    private final EmbeddedRedisSettings settings;
    private final Consumer<String> report;

    RedisLauncher(DataFolder folder, Path program, EmbeddedRedisSettings settings, Consumer<String> report) {
        this.folder = folder;
        this.program = program;
        this.settings = settings;
        this.report = report;
    }

    /**
     * Makes one attempt to start it. Loading the append-only file may take minutes, so the wait has no limit; a line is
     * reported every 10 s.
     *
     * @throws InterruptedException if interrupted while waiting; the process is stopped then
     */
    Launch launch(int port, String password) throws InterruptedException {
        RedisLog log = new RedisLog(folder.redisLog());
        try {
            log.rotate();
            long logStart = log.end();
            RedisProcess process = spawn(port, password, log);
            if (awaitReady(process, port, password)) {
                return new Launch.Ready(process, port, password);
            }
            String written = log.readFrom(logStart);
            return written.contains(PORT_TAKEN)
                    ? new Launch.PortTaken(port)
                    : new Launch.Failed(program + " exited with " + process.awaitExit() + " and "
                            + (written.isBlank() ? "wrote nothing" : "wrote:\n" + RedisLog.tail(written)));
        } catch (ClosedByInterruptException e) {
            throw new InterruptedException("interrupted while writing files");
        } catch (IOException e) {
            return new Launch.Failed(DataFolder.reason(e));
        }
    }

    private RedisProcess spawn(int port, String password, RedisLog log) throws IOException {
        OwnerOnly.write(folder.redisPasswordFile(), password + "\n");
        OwnerOnly.write(
                folder.redisConfiguration(),
                new RedisConfiguration(folder, port, password, settings.maxMemory()).text());
        OwnerOnly.createFile(log.file());
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(RedisConfiguration.arguments(folder));
        Process process = new ProcessBuilder(OwnerOnly.commandWithUmask(
                        SetsidCommand.around(command, System.getenv().getOrDefault("PATH", ""))))
                .directory(folder.path().toFile())
                .redirectErrorStream(true)
                // Until it has read its configuration, redis-server writes errors here instead of to its log file.
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.file().toFile()))
                .start();
        return new RedisProcess(process, settings.stopTimeout());
    }

    /** Returns whether it became ready; if not, it has exited. */
    private boolean awaitReady(RedisProcess process, int port, String password) throws InterruptedException {
        RedisProbe probe = new RedisProbe(port, password, process.pid());
        long startNanos = System.nanoTime();
        long notes = 0;
        try {
            RedisProbe.Answer answer = probe.ask();
            while (answer != RedisProbe.Answer.READY) {
                if (process.isGoneWithin(POLL)) {
                    return false;
                }
                Duration waited = Duration.ofNanos(System.nanoTime() - startNanos);
                if (waited.dividedBy(NOTE_EVERY) > notes) {
                    notes = waited.dividedBy(NOTE_EVERY);
                    report.accept("Waiting for the embedded Redis: pid=" + process.pid() + " port=" + port + " answer="
                            + answer.name().toLowerCase(Locale.ROOT) + " waitedSeconds=" + waited.toSeconds());
                }
                answer = probe.ask();
            }
            return true;
        } catch (InterruptedException e) {
            process.stop();
            throw e;
        }
    }
}
