package dev.streamgauge.server.memory;

import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.function.IntConsumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when its memory has run out, so that it is started again: after an {@link OutOfMemoryError}, some
 * thread or connection may be left in any state. The option {@code -XX:+ExitOnOutOfMemoryError}, which the images set,
 * does this earlier; this works however the process was started.
 *
 * <p>Frameworks catch all errors and log them, so the logged exceptions are watched, besides those that nothing caught.
 */
@ApplicationScoped
public class OutOfMemoryExit {

    /** The exit code of {@code -XX:+ExitOnOutOfMemoryError}. */
    static final int EXIT_CODE = 3;

    /** An exception may be wrapped; a longer chain of causes is a cycle. */
    private static final int MAX_CAUSES = 20;

    private final Vertx vertx;
    private final IntConsumer halt;

    @Inject
    OutOfMemoryExit(Vertx vertx) {
        this(vertx, Runtime.getRuntime()::halt);
    }

    OutOfMemoryExit(Vertx vertx, IntConsumer halt) {
        this.vertx = vertx;
        this.halt = halt;
    }

    void watch(@Observes StartupEvent event) {
        Logger.getLogger("").addHandler(new LoggedErrors());
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {
            exitIfOutOfMemory(thrown);
            if (before != null) {
                before.uncaughtException(thread, thrown);
            }
        });
        vertx.exceptionHandler(this::exitIfOutOfMemory);
    }

    /** Ends the process if memory has run out. */
    void exitIfOutOfMemory(@Nullable Throwable thrown) {
        Throwable cause = thrown;
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            if (cause instanceof OutOfMemoryError) {
                halt.accept(EXIT_CODE);
                return;
            }
            cause = cause.getCause();
        }
    }

    private final class LoggedErrors extends Handler {

        @Override
        public void publish(LogRecord record) {
            exitIfOutOfMemory(record.getThrown());
        }

        @Override
        public void flush() {
            // nothing is kept
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
