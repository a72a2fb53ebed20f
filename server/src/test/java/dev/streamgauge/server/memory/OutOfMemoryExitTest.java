package dev.streamgauge.server.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutOfMemoryExitTest {

    private static final Logger ROOT = Logger.getLogger("");

    private final Vertx vertx = Vertx.vertx();
    private final List<Integer> exits = new CopyOnWriteArrayList<>();
    private final Handler[] handlersBefore = ROOT.getHandlers();
    private final Thread.@Nullable UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();

    @BeforeEach
    void watch() {
        new OutOfMemoryExit(vertx, exits::add).watch(new StartupEvent());
    }

    @AfterEach
    void forget() {
        for (Handler handler : ROOT.getHandlers()) {
            if (!List.of(handlersBefore).contains(handler)) {
                ROOT.removeHandler(handler);
            }
        }
        Thread.setDefaultUncaughtExceptionHandler(before);
        vertx.close();
    }

    @Test
    void process_ends_whenAnErrorIsLogged_evenAsACause() {
        Logger.getLogger("some")
                .log(Level.WARNING, "failed", new CompletionException(new OutOfMemoryError("Java heap space")));

        assertThat(exits).containsExactly(OutOfMemoryExit.EXIT_CODE);
    }

    @Test
    void process_ends_whenAThreadDiesOfIt() throws InterruptedException {
        Thread thread = Thread.ofPlatform().start(() -> {
            throw new OutOfMemoryError("Java heap space");
        });
        thread.join();

        assertThat(exits).containsExactly(OutOfMemoryExit.EXIT_CODE);
    }

    @Test
    void process_ends_whenAHandlerOfVertxThrowsIt() {
        vertx.runOnContext(nothing -> {
            throw new OutOfMemoryError("Java heap space");
        });

        await().untilAsserted(() -> assertThat(exits).contains(OutOfMemoryExit.EXIT_CODE));
    }

    @Test
    void process_goesOn_whenAnythingElseIsLogged() {
        Logger.getLogger("some").log(Level.SEVERE, "failed", new StackOverflowError());
        Logger.getLogger("some").log(Level.SEVERE, "failed");

        assertThat(exits).isEmpty();
    }
}
