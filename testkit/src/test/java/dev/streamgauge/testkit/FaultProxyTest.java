package dev.streamgauge.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final Duration QUIET = Duration.ofMillis(300);
    private static final Duration SOON = Duration.ofSeconds(5);

    private Greeter greeter;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        greeter = new Greeter("hello ");
        proxy = FaultProxy.to(greeter.port());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        greeter.close();
    }

    @Test
    void exchange_passes_byDefault() throws IOException {
        try (Client client = new Client(proxy.port())) {
            assertThat(client.ask("ann")).isEqualTo("hello ann\n");
            assertThat(client.ask("bob")).isEqualTo("hello bob\n");
        }
    }

    @Test
    void reply_comes_whenRepliesAreDelayed() throws IOException {
        try (Client client = new Client(proxy.port())) {
            proxy.replies(new FaultProxy.Delay(QUIET));

            assertThat(client.ask("ann")).isEqualTo("hello ann\n");
        }
    }

    @Test
    void reply_comesAtOnce_whenHealedDuringALongDelay() throws IOException {
        try (Client client = new Client(proxy.port())) {
            proxy.requests(new FaultProxy.Delay(Duration.ofMinutes(1)));
            client.send("ann");

            proxy.heal();

            assertThat(client.receive(SOON)).isEqualTo("hello ann\n");
        }
    }

    @Test
    void upstream_receivesNothing_whenCutBeforeTheRequest() throws IOException {
        try (Client client = new Client(proxy.port())) {
            client.ask("ann");
            proxy.requests(new FaultProxy.CutAfter(0));

            String reply = client.ask("bob");

            assertThat(reply).isEmpty();
            assertThat(greeter.received()).containsExactly("ann");
        }
    }

    @Test
    void upstream_receivesTheRequest_whenCutBeforeTheReply() throws IOException {
        try (Client client = new Client(proxy.port())) {
            client.ask("ann");
            proxy.replies(new FaultProxy.CutAfter(0));

            String reply = client.ask("bob");

            assertThat(reply).isEmpty();
            assertThat(greeter.received()).containsExactly("ann", "bob");
        }
    }

    @Test
    void client_receivesTheFirstBytes_whenCutInTheReply() throws IOException {
        try (Client client = new Client(proxy.port())) {
            client.ask("ann");
            proxy.replies(new FaultProxy.CutAfter(3));

            assertThat(client.ask("bob")).isEqualTo("hel");
        }
    }

    @Test
    void cut_countsFromTheLastChange_whenSetTwice() throws IOException {
        try (Client client = new Client(proxy.port())) {
            proxy.replies(new FaultProxy.CutAfter(10));
            client.ask("ann");
            proxy.replies(new FaultProxy.CutAfter(10));

            assertThat(client.ask("bob")).isEqualTo("hello bob\n");
            assertThat(client.ask("cid")).isEmpty();
        }
    }

    @Test
    void newConnection_isRejectedAndAnOpenOneServed_whenRejecting() throws IOException {
        try (Client open = new Client(proxy.port())) {
            open.ask("ann");

            proxy.rejectNewConnections();

            assertThatThrownBy(() -> new Client(proxy.port())).isInstanceOf(ConnectException.class);
            assertThat(open.ask("bob")).isEqualTo("hello bob\n");
        }
    }

    @Test
    void newConnection_isServed_whenHealedAfterRejecting() throws IOException {
        proxy.rejectNewConnections();

        proxy.heal();

        try (Client client = new Client(proxy.port())) {
            assertThat(client.ask("ann")).isEqualTo("hello ann\n");
        }
    }

    @Test
    void request_isForwardedLate_whenItsSenderLeftDuringAHang() throws IOException {
        proxy.requests(new FaultProxy.Hang());
        try (Client client = new Client(proxy.port())) {
            client.send("ann");
            assertThatThrownBy(() -> client.receive(QUIET)).isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(greeter.received()).isEmpty();

        proxy.heal();

        await().atMost(SOON).untilAsserted(() -> assertThat(greeter.received()).containsExactly("ann"));
    }

    @Test
    void connection_isClosed_whenCut() throws IOException {
        try (Client client = new Client(proxy.port())) {
            client.ask("ann");

            proxy.cut();

            assertThat(client.receive(SOON)).isEmpty();
            await().atMost(SOON).until(() -> proxy.connections() == 0);
        }
    }

    @Test
    void client_getsNoReply_whenTheUpstreamIsGone() throws IOException {
        greeter.close();

        try (Client client = new Client(proxy.port())) {
            assertThat(client.ask("ann")).isEmpty();
        }
    }

    @Test
    void newConnection_goesToTheOtherUpstream_whenTheUpstreamIsChanged() throws IOException {
        try (Greeter other = new Greeter("hi ")) {
            proxy.upstream(other.port());

            try (Client client = new Client(proxy.port())) {
                assertThat(client.ask("ann")).isEqualTo("hi ann\n");
            }
        }
    }

    @Test
    void close_closesConnectionsThatHang_whenCalled() throws IOException {
        proxy.requests(new FaultProxy.Hang());
        try (Client client = new Client(proxy.port())) {
            client.send("ann");

            proxy.close();

            assertThat(client.receive(SOON)).isEmpty();
            await().atMost(SOON).until(() -> proxy.connections() == 0);
            assertThat(greeter.received()).isEmpty();
        }
    }

    /** An upstream that answers each line with a greeting. */
    private static final class Greeter implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 50, LOOPBACK);
        private final List<String> received = new CopyOnWriteArrayList<>();
        private final String greeting;
        private final Thread acceptor;

        Greeter(String greeting) throws IOException {
            this.greeting = greeting;
            acceptor = Thread.ofVirtual().start(this::accept);
        }

        int port() {
            return listener.getLocalPort();
        }

        List<String> received() {
            return received;
        }

        private void accept() {
            while (!listener.isClosed()) {
                try {
                    Socket socket = listener.accept();
                    Thread.ofVirtual().start(() -> greet(socket));
                } catch (IOException e) {
                    assertThat(listener.isClosed()).isTrue();
                }
            }
        }

        private void greet(Socket socket) {
            try (socket;
                    BufferedReader reader = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    received.add(line);
                    socket.getOutputStream().write((greeting + line + "\n").getBytes(StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                // The proxy broke the connection.
            }
        }

        /** Returns when no connection is accepted any more: the socket listens until the acceptor has left it. */
        @Override
        public void close() throws IOException {
            listener.close();
            try {
                acceptor.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static final class Client implements AutoCloseable {
        private final Socket socket;

        Client(int port) throws IOException {
            socket = new Socket(LOOPBACK, port);
        }

        String ask(String line) throws IOException {
            send(line);
            return receive(SOON);
        }

        void send(String line) throws IOException {
            socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }

        /** The text up to and including the next LF, or what arrived before the connection ended. */
        String receive(Duration timeout) throws IOException {
            socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
            StringBuilder text = new StringBuilder();
            try {
                for (int next = socket.getInputStream().read();
                        next >= 0;
                        next = socket.getInputStream().read()) {
                    text.append((char) next);
                    if (next == '\n') {
                        break;
                    }
                }
            } catch (SocketException e) {
                assertThat(e).hasMessageContaining("reset"); // also ends the connection
            }
            return text.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
