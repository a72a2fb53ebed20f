package dev.streamgauge.standalone.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.testkit.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** A Prometheus from the PATH that scrapes what its configuration says, and answers queries. */
public final class Prometheus implements AutoCloseable {

    private final Process process;
    private final int port;
    private final ObjectMapper json = new ObjectMapper();

    private Prometheus(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts it in a folder, with the text of a {@code prometheus.yml}. */
    public static Prometheus start(Path folder, String configuration) throws IOException {
        Path file = Files.writeString(folder.resolve("prometheus.yml"), configuration);
        int port = FreePort.find();
        Process process = new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + file,
                        "--storage.tsdb.path=" + folder.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("prometheus.log").toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return new Prometheus(process, port);
    }

    /** The value of an instant query with one result, or empty as long as there is none. */
    public OptionalDouble query(String expression) throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + port + "/api/v1/query?query="
                + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response =
                    client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
            JsonNode results = json.readTree(response.body()).path("data").path("result");
            return results.size() == 1
                    ? OptionalDouble.of(results.get(0).path("value").path(1).asDouble())
                    : OptionalDouble.empty();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly(); // its data is not needed any more
    }
}
