package dev.streamgauge.server.connections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServerConnectionsTest {

    private static final int LIMIT = 20;

    private final List<Client> clients = new ArrayList<>();
    private final BlockingQueue<RoutingContext> unanswered = new LinkedBlockingQueue<>();
    private Vertx vertx = Vertx.vertx();
    private int port;

    @AfterEach
    void stop() {
        clients.forEach(Client::close);
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private void serve(Duration headerTimeout) {
        ServerConnections connections = BoundedVertx.connections(
                "max-connections", "" + LIMIT, "header-timeout", headerTimeout.toMillis() + "ms");
        vertx.close();
        vertx = BoundedVertx.with(connections, new VertxOptions());
        connections.checkRegularly(vertx);
        Router router = Router.router(vertx);
        connections.register(router);
        router.route("/q/health/live").handler(exchange -> exchange.response().end("UP"));
        router.route("/-/healthy").handler(exchange -> exchange.reroute("/q/health/live"));
        router.route("/push").handler(exchange -> exchange.response().end("pushed"));
        router.route("/slow").handler(unanswered::add);
        Promise<HttpServer> listening = Promise.promise();
        vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1", listening);
        port = listening
                .future()
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
    }

    private static Duration never() {
        return Duration.ofMinutes(10);
    }

    /** A connection of HTTP/1.1. */
    private final class Client implements AutoCloseable {

        private final Socket socket = new Socket();
        private final BufferedReader in;

        private Client(String localAddress) throws IOException {
            socket.setSoTimeout(20_000);
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(localAddress), 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            clients.add(this);
        }

        private void send(String bytes) throws IOException {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
        }

        /** Sends a request, and returns the body of its answer; {@code closed} if there is none. */
        private String get(String path) throws IOException {
            try {
                send("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
                return readAnswer();
            } catch (SocketException reset) {
                return "closed";
            }
        }

        private String readAnswer() throws IOException {
            int length = 0;
            for (String line = in.readLine(); ; line = in.readLine()) {
                if (line == null) {
                    return "closed";
                }
                if (line.isEmpty()) {
                    break;
                }
                if (line.startsWith("content-length: ")) {
                    length = Integer.parseInt(line.substring("content-length: ".length()));
                }
            }
            char[] body = new char[length];
            for (int read = 0; read < length; ) {
                read += in.read(body, read, length - read);
            }
            return new String(body);
        }

        private boolean isClosed() {
            try {
                return in.read() < 0;
            } catch (SocketException reset) {
                return true;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private Client connect() throws IOException {
        return new Client("127.0.0.1");
    }

    @Test
    void connection_isClosed_whenItsFirstByteTakesTooLong() throws Exception {
        serve(Duration.ofMillis(300));

        Client silent = connect();

        assertThat(silent.isClosed()).isTrue();
    }

    @Test
    void connection_isClosed_whenTheHeadersOfARequestTakeTooLong() throws Exception {
        serve(Duration.ofMillis(300));
        Client first = connect();
        Client second = connect();
        assertThat(second.get("/push")).isEqualTo("pushed");

        first.send("GET /push HTTP/1.1\r\nHost: te");
        second.send("GET /push HTTP/1.1\r\nHost: te");

        assertThat(first.isClosed()).isTrue();
        assertThat(second.isClosed()).isTrue();
    }

    @Test
    void connection_stays_whenItIsIdleBetweenRequestsOrItsAnswerTakesLong() throws Exception {
        serve(Duration.ofMillis(300));
        Client idle = connect();
        assertThat(idle.get("/push")).isEqualTo("pushed");
        Client slow = connect();
        slow.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
        RoutingContext exchange = await().until(unanswered::poll, answer -> answer != null);

        assertThat(connect().isClosed()).isTrue(); // the timeout has passed
        vertx.runOnContext(later -> exchange.response().end("late"));

        assertThat(slow.readAnswer()).isEqualTo("late");
        assertThat(idle.get("/push")).isEqualTo("pushed");
    }

    @Test
    void longestIdle_isClosed_whenAConnectionComesAtTheLimit() throws Exception {
        serve(never());
        List<Client> idle = new ArrayList<>();
        for (int i = 0; i < LIMIT; i++) {
            idle.add(connect());
            assertThat(idle.getLast().get("/push")).isEqualTo("pushed");
        }
        assertThat(idle.getFirst().get("/push")).isEqualTo("pushed"); // the second is now the longest idle

        Client another = connect();

        assertThat(another.get("/push")).isEqualTo("pushed");
        assertThat(idle.get(1).isClosed()).isTrue();
        idle.remove(1);
        for (Client each : idle) {
            assertThat(each.get("/push")).isEqualTo("pushed");
        }
    }

    @Test
    void connectionsOfTheAddressWithTheMost_areClosedFirst() throws Exception {
        serve(never());
        Client lambda = new Client("127.0.0.2");
        assertThat(lambda.get("/push")).isEqualTo("pushed");
        for (int i = 0; i < 3 * LIMIT; i++) {
            connect(); // and sends nothing
        }

        assertThat(lambda.get("/push")).isEqualTo("pushed");
    }

    @Test
    void health_isAnswered_whenSilentConnectionsTakeAllPlaces() throws Exception {
        serve(never());
        for (int i = 0; i < LIMIT; i++) {
            connect();
        }

        assertThat(connect().get("/q/health/live")).isEqualTo("UP");
        assertThat(connect().get("/-/healthy")).isEqualTo("UP");
    }

    @Test
    void healthOnly_isAnswered_whenAllConnectionsWork() throws Exception {
        serve(never());
        List<Client> working = new ArrayList<>();
        List<RoutingContext> exchanges = new ArrayList<>();
        for (int i = 0; i < LIMIT; i++) {
            Client client = connect();
            client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
            exchanges.add(await().until(unanswered::poll, answer -> answer != null));
            working.add(client);
        }

        Client probe = connect();
        assertThat(probe.get("/q/health/live")).isEqualTo("UP");
        assertThat(connect().get("/push")).isEqualTo("closed");
        assertThat(connect().get("/-/healthy")).isEqualTo("UP");

        exchanges.forEach(
                exchange -> vertx.runOnContext(later -> exchange.response().end("late")));
        for (Client client : working) {
            assertThat(client.readAnswer()).isEqualTo("late");
        }
    }
}
