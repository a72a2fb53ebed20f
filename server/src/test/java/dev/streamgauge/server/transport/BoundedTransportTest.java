package dev.streamgauge.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.handler.flush.FlushConsolidationHandler;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BoundedTransportTest {

    @Test
    void clientSocket_joinsWrites() {
        Channel socket =
                new BoundedTransport(Optional::empty).channelFactory(false).newChannel();
        try {
            assertThat(socket.pipeline().get(FlushConsolidationHandler.class)).isNotNull();
        } finally {
            socket.unsafe().closeForcibly();
        }
    }
}
