package dev.streamgauge.standalone.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.Consumer;

/**
 * The Redis of a standalone Streamgauge: a redis-server on the data folder. It is restarted whenever it dies, on
 * the same port, since clients keep the address.
 *
 * <p>It outlives a {@code kill -9} of this JVM, and so does every acknowledged write. The next start on the folder
 * stops it and goes on.
 *
 * <p>Every start has a new random password, which is in a file that only this user can read: any local user can
 * connect to the port.
 *
 * <p>One thread owns the process from the first start to the last stop, so its life needs no lock.
 */
public final class EmbeddedRedis implements AutoCloseable {
    private static final int PORT_ATTEMPTS = 20;
    private static final int PASSWORD_BYTES = 32;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** A server that lived this long does not die of its start; the next one needs no pause. */
    private static final Duration STEADY = Duration.ofSeconds(5);

    private final DataFolder folder;
    private final RedisLauncher launcher;
    private final Consumer<String> report;
    private final int port;
    private final String password;
    private final Thread supervisor;
    private volatile RedisProcess process;
    private boolean closed;

    private EmbeddedRedis(DataFolder folder, RedisLauncher launcher, Consumer<String> report, Launch.Ready first) {
        this.folder = folder;
        this.launcher = launcher;
        this.report = report;
        this.port = first.port();
        this.password = first.password();
        this.process = first.process();
        this.supervisor = Thread.ofPlatform().daemon().name("embedded-redis").unstarted(this::supervise);
    }

    /**
     * Claims the data folder, stops what an earlier owner left running on it, and starts Redis.
     *
     * @param report takes one line for each event that a user should know of; called from any thread
     * @return the running Redis; the caller closes it
     * @throws StartupException if the folder has a live owner, or Redis does not start
     * @throws InterruptedException if interrupted; nothing is left running then
     */
    public static EmbeddedRedis start(EmbeddedRedisSettings settings, Consumer<String> report)
            throws StartupException, InterruptedException {
        DataFolder folder = DataFolder.claim(settings.dataDirectory(), report);
        try {
            new OrphanedRedis(folder, settings.stopTimeout(), report).stop();
            RedisLauncher launcher =
                    new RedisLauncher(folder, settings.program().prepare(folder), settings, report);
            Launch.Ready first = launchFirst(launcher, settings.port());
            EmbeddedRedis redis = new EmbeddedRedis(folder, launcher, report, first);
            redis.supervisor.start();
            return redis;
        } catch (StartupException | InterruptedException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** Returns the address as {@code quarkus.redis.hosts} wants it; the same as long as this lives. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Returns the password of the default user; the same as long as this lives. */
    public String password() {
        return password;
    }

    int port() {
        return port;
    }

    /** Returns the pid of the current server, or of the last one while the next is being started. */
    long pid() {
        return process.pid();
    }

    /**
     * Stops Redis, which writes everything to disk first, and releases the folder. Waits for it, even if interrupted.
     * A second call does nothing; a concurrent one waits as long as the first.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        supervisor.interrupt();
        boolean interrupted = false;
        while (supervisor.isAlive()) {
            try {
                supervisor.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        try {
            // Redis removes it itself unless it had to be killed.
            Files.deleteIfExists(folder.redisPidFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            folder.close();
            if (interrupted) {
                // Not before: a channel that an interrupted thread touches is closed under its hands.
                Thread.currentThread().interrupt();
            }
        }
    }

    private void supervise() {
        Duration pause = Duration.ZERO;
        try {
            while (true) {
                long startNanos = System.nanoTime();
                int exitCode = process.awaitExit();
                boolean steady = System.nanoTime() - startNanos > STEADY.toNanos();
                pause = steady ? Duration.ZERO : longer(pause);
                report.accept("The embedded Redis died and is started again: pid=" + pid() + " exitCode=" + exitCode
                        + " port=" + port);
                process = relaunch(pause);
                report.accept("The embedded Redis is back: pid=" + pid() + " port=" + port);
            }
        } catch (InterruptedException e) {
            // Only close() interrupts this thread; its interrupt ends the loop.
            return;
        } finally {
            process.stop();
        }
    }

    private RedisProcess relaunch(Duration firstPause) throws InterruptedException {
        for (Duration pause = firstPause; ; pause = longer(pause)) {
            Pause.of(pause);
            switch (launcher.launch(port, password)) {
                case Launch.Ready ready -> {
                    return ready.process();
                }
                case Launch.PortTaken taken ->
                    report.accept("The embedded Redis waits for its port, which is taken: port=" + taken.port());
                case Launch.Failed failed ->
                    report.accept("The embedded Redis does not start, trying on: " + failed.reason());
            }
        }
    }

    private static Launch.Ready launchFirst(RedisLauncher launcher, int fixedPort)
            throws StartupException, InterruptedException {
        // Each attempt has its own password: if another program took a port, it has been sent the password for it.
        for (int attempt = 1; ; attempt++) {
            switch (launcher.launch(fixedPort == 0 ? findFreePort() : fixedPort, newPassword())) {
                case Launch.Ready ready -> {
                    return ready;
                }
                case Launch.PortTaken taken -> {
                    // A port that was free a moment ago may be gone when Redis binds it.
                    if (fixedPort != 0 || attempt == PORT_ATTEMPTS) {
                        throw new StartupException("streamgauge.embedded-redis.port: " + taken.port()
                                + " is taken by another program; choose another one, or 0 for a free one");
                    }
                }
                case Launch.Failed failed ->
                    throw new StartupException("the embedded Redis did not start: " + failed.reason());
            }
        }
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    private static String newPassword() {
        byte[] random = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private static int findFreePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
