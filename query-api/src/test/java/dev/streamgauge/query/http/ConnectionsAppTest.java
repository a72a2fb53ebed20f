package dev.streamgauge.query.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.query.routes.ShortTimeouts;
import dev.streamgauge.testkit.RawAnswer;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The server of an application has the limit, too. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
@TestProfile(ShortTimeouts.class)
class ConnectionsAppTest {

    @TestHTTPResource("/")
    URI root;

    @Test
    void silentConnections_areClosed_andHealthIsAnsweredMeanwhile() throws IOException {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 60; i++) {
                silent.add(new Socket(root.getHost(), root.getPort()));
            }

            for (String path : List.of("/q/health/live", "/-/healthy", "/q/health/ready", "/-/ready")) {
                assertThat(RawAnswer.to(root, "GET " + path + " HTTP/1.1").status())
                        .isEqualTo(200);
            }

            await().untilAsserted(() -> assertThat(silent).allMatch(ConnectionsAppTest::isClosed));
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    private static boolean isClosed(Socket socket) {
        try {
            socket.setSoTimeout(5_000);
            return socket.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        } catch (IOException stillOpen) {
            return false;
        }
    }
}
