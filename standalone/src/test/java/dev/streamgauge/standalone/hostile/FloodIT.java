package dev.streamgauge.standalone.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Attacks that no file of the corpus can describe: senders that never end, never read, or come by the thousand. A
 * process with little memory survives them, and serves another tenant meanwhile.
 */
@Timeout(120)
@Tag("e2e")
class FloodIT {

    /** So small that buffering what one of these senders sends would end the process. */
    private static final String HEAP = "-Xmx160m";

    private static final String DIRECT_MEMORY = "-XX:MaxDirectMemorySize=64m";

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** If no byte comes for this long, none will. */
    private static final Duration SILENCE = Duration.ofSeconds(2);

    private static final String SAMPLE = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";

    @TempDir
    private static Path data;

    private static Jars.Started standalone;
    private static HttpClient client;

    private final List<Socket> sockets = new ArrayList<>();

    @BeforeAll
    static void start() {
        // _JAVA_OPTIONS wins over what the command line says of the heap.
        standalone = Jars.standalone(
                        data,
                        "_JAVA_OPTIONS=" + HEAP + " " + DIRECT_MEMORY + " -XX:+ExitOnOutOfMemoryError",
                        "STREAMGAUGE_MAX_TENANTS=10000")
                .awaitReady();
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void stop() {
        client.close();
        standalone.close();
    }

    @AfterEach
    void processLives() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        assertThat(standalone.process().isAlive())
                .as(standalone.process().output())
                .isTrue();
        assertThat(standalone.process().output()).doesNotContain("java.lang.OutOfMemoryError", "Uncaught exception");
        assertOthersAreServed();
    }

    private Socket open() throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        URI address = standalone.address();
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), (int) PATIENCE.toMillis());
        socket.setSoTimeout((int) PATIENCE.toMillis());
        return socket;
    }

    private static HttpResponse<String> push(String tenant, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(standalone.at("/api/v1/metrics"))
                .header("X-Scope-OrgID", tenant)
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Another tenant's push is counted, and its scrape shows it. */
    private static void assertOthersAreServed() throws Exception {
        double before = Scrapes.values(standalone.address(), "quiet").getOrDefault("orders_total", 0.0);

        assertThat(push("quiet", SAMPLE).statusCode()).isEqualTo(202);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Scrapes.values(standalone.address(), "quiet"))
                        .containsEntry("orders_total", before + 1));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String head(String... lines) {
        return "POST /api/v1/metrics HTTP/1.1\r\nHost: localhost\r\nX-Scope-OrgID: flood\r\n"
                + String.join("\r\n", lines) + "\r\n";
    }

    /** Writes the same bytes until the server closes the connection; returns the number of bytes written. */
    private static long writeUntilClosed(Socket socket, byte[] bytes, int mostTimes) {
        long written = 0;
        try {
            OutputStream out = socket.getOutputStream();
            for (int i = 0; i < mostTimes; i++) {
                out.write(bytes);
                written += bytes.length;
            }
        } catch (IOException closed) {
            return written; // by the server, which is what the tests expect
        }
        return written;
    }

    @Test
    void bodyWithoutEnd_isCutOff() throws Exception {
        byte[] chunk = ascii("10000\r\n" + " ".repeat(0x10000) + "\r\n");
        int gigabyte = (1 << 30) / chunk.length;
        Socket socket = open();
        socket.getOutputStream().write(ascii(head("Transfer-Encoding: chunked", "")));

        long written = writeUntilClosed(socket, chunk, gigabyte);

        assertThat(written).isLessThan(64 << 20);
    }

    @Test
    void headersWithoutEnd_areCutOff() throws Exception {
        byte[] headers = ascii(IntStream.range(0, 100)
                .mapToObj(i -> "X-Flood-" + i + ": " + "x".repeat(100) + "\r\n")
                .collect(Collectors.joining()));
        Socket socket = open();
        socket.getOutputStream().write(ascii(head()));

        long written = writeUntilClosed(socket, headers, (1 << 30) / headers.length);

        assertThat(written).isLessThan(16 << 20);
    }

    @Test
    void others_areServed_whileManySendersStopInTheMiddle() throws Exception {
        for (int i = 0; i < 1_500; i++) {
            Socket socket = open();
            if (i % 3 == 1) {
                socket.getOutputStream().write(ascii("POST /api/v1/metrics HTTP/1.1\r\nHo"));
            } else if (i % 3 == 2) {
                socket.getOutputStream().write(ascii(head("Content-Length: 1000000", "") + "["));
            }
        }

        assertOthersAreServed();
    }

    @Test
    void others_areServed_whileOneAsksAheadAndReadsNothing() throws Exception {
        String wide = IntStream.range(0, 2_000)
                .mapToObj(i -> "{\"name\":\"wide\",\"type\":\"gauge\",\"value\":1,\"labels\":{\"i\":\"" + i + "\"}}")
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(push("flood", wide).statusCode()).isEqualTo(202);
        byte[] scrape = ascii("GET /tenants/flood/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        byte[] push = ascii(head("Content-Length: " + SAMPLE.length(), "") + SAMPLE);
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Socket socket = open();
            byte[] request = i % 2 == 0 ? scrape : push;
            writers.add(Thread.startVirtualThread(() -> writeUntilClosed(socket, request, 10_000)));
        }

        for (int i = 0; i < 20; i++) {
            assertOthersAreServed();
        }

        for (Socket socket : sockets) {
            socket.close();
        }
        for (Thread writer : writers) {
            assertThat(writer.join(PATIENCE)).isTrue();
        }
    }

    @Test
    void others_areServed_whenTenantsAndNamesAreMadeUpByTheThousand() throws Exception {
        String names = IntStream.range(0, 5_000)
                .mapToObj(i -> "{\"name\":\"made_up_" + i + "\",\"type\":\"counter\",\"value\":1},"
                        + "{\"name\":\"bad name " + i + "\",\"type\":\"counter\",\"value\":1}")
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(push("flood", names).statusCode()).isEqualTo(202);
        for (int i = 0; i < 3_000; i++) {
            assertThat(push("made-up-" + i, "[" + SAMPLE + ",1]").statusCode()).isEqualTo(202);
        }

        assertOthersAreServed();
        String own = Scrapes.get(standalone.at("/q/metrics"));
        assertThat(own.lines().filter(line -> line.startsWith("streamgauge_discarded_samples_total")))
                .hasSizeLessThan(1_100);
    }

    /** "Aa" and "BB" have the same hash in Java, so an unprotected hash table takes quadratic time. */
    @Test
    void push_isAnsweredSoon_whenAllItsNamesHaveOneHash() throws Exception {
        List<String> colliding = IntStream.range(0, 1 << 13)
                .mapToObj(number -> IntStream.range(0, 13)
                        .mapToObj(bit -> (number >> bit & 1) == 0 ? "Aa" : "BB")
                        .collect(Collectors.joining()))
                .toList();
        String fields = colliding.stream().map(name -> "\"" + name + "\":1").collect(Collectors.joining(","));
        String labels = colliding.stream().map(name -> "\"" + name + "\":\"\"").collect(Collectors.joining(","));
        String families = colliding.stream()
                .map(name -> "{\"name\":\"" + name + "\",\"type\":\"counter\",\"value\":1}")
                .collect(Collectors.joining(",", "[", "]"));
        String series = colliding.stream()
                .map(name -> "{\"name\":\"n\",\"type\":\"counter\",\"value\":1,\"labels\":{\"l\":\"" + name + "\"}}")
                .collect(Collectors.joining(",", "[", "]"));

        assertThat(push("hashes", "{" + fields + "}").statusCode()).isEqualTo(400);
        assertThat(push("hashes", SAMPLE.replace("}", ",\"labels\":{" + labels + "}}"))
                        .statusCode())
                .isEqualTo(202);
        for (int i = 0; i < 5; i++) {
            assertThat(push("hashes", families).statusCode()).isEqualTo(202);
            assertThat(push("hashes", series).statusCode()).isEqualTo(202);
        }
    }

    @Test
    void nothing_isSmuggled_whenTheLengthsContradictEachOther() throws Exception {
        String smuggled = head("X-Scope-OrgID: smuggled", "Content-Length: " + SAMPLE.length(), "") + SAMPLE;
        List<String> ambiguous = List.of(
                head("Content-Length: 5", "Transfer-Encoding: chunked", "") + "0\r\n\r\n",
                head("Content-Length: 0", "Content-Length: 5", ""),
                head("Content-Length: +0", ""),
                head("Content-Length: 0x0", ""),
                head("Transfer-Encoding: chunked, identity", "") + "0\r\n\r\n",
                head("Transfer-Encoding: xchunked", "") + "0\r\n\r\n",
                head("Transfer-Encoding : chunked", "") + "0\r\n\r\n",
                head("Transfer-Encoding:\u000bchunked", "") + "0\r\n\r\n");

        for (String request : ambiguous) {
            String answers = answersTo(request + smuggled.replace("X-Scope-OrgID: flood\r\n", ""));

            assertThat(answers.lines().filter(line -> line.startsWith("HTTP/1.1 2")))
                    .as("good answers to %s", request)
                    .isEmpty();
        }
        assertThat(Scrapes.values(standalone.address(), "smuggled")).isEmpty();
    }

    /** Reads everything that the server sends, until it closes the connection or falls silent. */
    private String answersTo(String requests) throws IOException {
        Socket socket = open();
        socket.setSoTimeout((int) SILENCE.toMillis());
        socket.getOutputStream().write(ascii(requests));
        ByteArrayOutputStream answers = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(answers);
        } catch (SocketTimeoutException | SocketException silent) {
            return answers.toString(StandardCharsets.US_ASCII); // a reset comes while bytes are on their way
        }
        return answers.toString(StandardCharsets.US_ASCII);
    }
}
