package dev.streamgauge.standalone;

import dev.streamgauge.standalone.embedded.EmbeddedRedis;
import dev.streamgauge.standalone.embedded.EmbeddedRedisSettings;
import dev.streamgauge.standalone.embedded.StartupException;
import io.quarkus.runtime.Application;
import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/**
 * Starts Redis, then Quarkus; stops Quarkus, then Redis.
 *
 * <p>Quarkus must find Redis' address when it starts, and needs Redis until its last request and batch are done. So
 * Redis is no bean, but lives around Quarkus.
 */
@QuarkusMain
public final class StandaloneMain {
    private StandaloneMain() {}

    /** Runs until a signal comes; ends the JVM. */
    public static void main(String... arguments) {
        ShutdownSequence shutdown = ShutdownSequence.register();
        ExitSignals.handle(shutdown::onSignal);
        try {
            ListenAddress.choose();
            switch (RedisSource.read(StandaloneMain::report)) {
                case RedisSource.Embedded embedded -> runWithRedis(embedded.settings(), shutdown, arguments);
                case RedisSource.Named named -> {
                    shutdown.quarkusStarts();
                    runQuarkus(shutdown::allStopped, arguments);
                }
            }
        } catch (StartupException e) {
            if (!shutdown.isEnding()) {
                System.err.println("Streamgauge does not start: " + e.getMessage());
            }
            shutdown.allStopped();
            System.exit(1);
        } catch (InterruptedException e) {
            // The JVM is already ending; the interrupt only brought this thread here.
            Thread.currentThread().interrupt();
        } finally {
            shutdown.allStopped();
        }
    }

    private static void runWithRedis(EmbeddedRedisSettings settings, ShutdownSequence shutdown, String... arguments)
            throws StartupException, InterruptedException {
        shutdown.redisStarts();
        EmbeddedRedis redis = EmbeddedRedis.start(settings, StandaloneMain::report);
        try {
            shutdown.quarkusStarts();
            System.setProperty(RedisSource.HOSTS, redis.url());
            System.setProperty(RedisSource.PASSWORD, redis.password());
            runQuarkus(
                    () -> {
                        redis.close();
                        System.clearProperty(RedisSource.HOSTS);
                        System.clearProperty(RedisSource.PASSWORD);
                        shutdown.allStopped();
                    },
                    arguments);
        } finally {
            redis.close();
        }
    }

    /**
     * Runs it to its end, then what is to follow.
     *
     * <p>Quarkus calls the exit handler when the application has stopped, or has failed to start, and expects the JVM
     * to end in it. The previous handler does that, or what dev mode and tests need instead; so what follows must come
     * before it, not after this method.
     */
    private static void runQuarkus(Runnable afterwards, String... arguments) {
        BiConsumer<Integer, Throwable> exit = ApplicationLifecycleManager.getDefaultExitCodeHandler();
        ApplicationLifecycleManager.setDefaultExitCodeHandler((code, failure) -> {
            afterwards.run();
            exit.accept(code, failure);
        });
        Quarkus.run(StandaloneApplication.class, arguments);
    }

    /** Before and after Quarkus there is no log. */
    private static void report(String event) {
        Application application = Application.currentApplication();
        if (application != null && application.isStarted()) {
            Logger.getLogger(StandaloneMain.class).warn(event);
        } else {
            System.err.println(event);
        }
    }
}
