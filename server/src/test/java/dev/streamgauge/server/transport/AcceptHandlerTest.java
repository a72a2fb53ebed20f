package dev.streamgauge.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.streamgauge.server.connections.BoundedVertx;
import dev.streamgauge.server.connections.ServerConnections;
import dev.streamgauge.testkit.LogRecorder;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AcceptHandlerTest {

    private final ServerConnections connections = BoundedVertx.connections("max-connections", "20");
    private final EmbeddedChannel serverSocket = new EmbeddedChannel(new AcceptHandler(connections));

    @Test
    void failedAccept_isLoggedOnceAMinute_andAcceptingPauses() {
        try (LogRecorder log = LogRecorder.of(ServerConnections.class)) {
            for (int i = 0; i < 5; i++) {
                serverSocket.pipeline().fireExceptionCaught(new IOException("Too many open files"));
            }

            assertThat(log.lines())
                    .containsExactly("WARN connections accept=failed times=1 open=0"
                            + " cause=java.io.IOException: Too many open files");
        }
        assertThat(serverSocket.config().isAutoRead()).isFalse();
        assertThatCode(serverSocket::checkException).doesNotThrowAnyException(); // nothing reached the end
    }

    @Test
    void accepting_goesOn_afterThePause() {
        serverSocket.pipeline().fireExceptionCaught(new IOException("Too many open files"));

        serverSocket.advanceTimeBy(1, TimeUnit.SECONDS);
        serverSocket.runScheduledPendingTasks();

        assertThat(serverSocket.config().isAutoRead()).isTrue();
    }
}
