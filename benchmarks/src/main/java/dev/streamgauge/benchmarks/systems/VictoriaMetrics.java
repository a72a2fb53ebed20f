package dev.streamgauge.benchmarks.systems;

import dev.streamgauge.benchmarks.load.Generator;
import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RunningProgram;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Debian's {@code victoria-metrics}, pushed to in Prometheus' text, the cheapest of its formats that needs no
 * timestamps. It stores every sample and adds nothing up; what it has in memory is lost if it is killed.
 */
public final class VictoriaMetrics implements SystemUnderTest {

    private final int port = FreePort.find();
    private final Path directory;
    private final RunningProgram program;

    /** Starts it with its files there. */
    public VictoriaMetrics(Path directory) {
        this.directory = directory;
        List<String> command = new ArrayList<>(Cores.measured());
        command.addAll(List.of(
                "victoria-metrics",
                "-httpListenAddr=127.0.0.1:" + port,
                "-storageDataPath=" + directory,
                "-retentionPeriod=1d",
                "-search.latencyOffset=0s",
                "-search.disableCache",
                "-http.connTimeout=1h",
                "-loggerLevel=ERROR"));
        program = RunningProgram.start(command);
        program.awaitAnswer(address("/health"), Duration.ofSeconds(30));
    }

    @Override
    public String name() {
        return "victoria-metrics";
    }

    @Override
    public int port() {
        return port;
    }

    private URI address(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    @Override
    public byte[] encode(Workload workload, Push push) {
        if (workload.kind() == Kind.HISTOGRAM || workload.kind() == Kind.SUMMARY) {
            throw new IllegalArgumentException("no raw values of a " + workload.kind());
        }
        StringBuilder body = new StringBuilder();
        for (Push.Sample sample : push.samples()) {
            body.append(sample.name())
                    .append("{job=\"")
                    .append(push.group())
                    .append("\",method=\"")
                    .append(sample.method())
                    .append("\",path=\"")
                    .append(sample.path())
                    .append("\"} ")
                    .append(sample.valueText())
                    .append('\n');
        }
        return HttpRequests.post(
                "/api/v1/import/prometheus",
                "Content-Type: text/plain\r\n",
                body.toString().getBytes(StandardCharsets.UTF_8),
                workload.isGzip());
    }

    @Override
    public String check(Workload workload, Collection<Generator> generators) {
        double expected = generators.stream().mapToDouble(Generator::lastSum).sum();
        long samples =
                generators.stream().mapToLong(Generator::acknowledgedSamples).sum();
        String query = URLEncoder.encode("sum(last_over_time({path!=\"\"}[1h]))", StandardCharsets.UTF_8);
        double[] seen = new double[2];
        try (Scrape scrape = new Scrape()) {
            BooleanSupplier isShown = () -> {
                scrape.bytes(address("/internal/force_flush"), "", "identity");
                seen[0] = scrape.sum(
                        address("/metrics"),
                        "",
                        series -> series.startsWith("vm_rows_inserted_total{type=\"prometheus\"}"));
                String answer = scrape.text(address("/api/v1/query?query=" + query));
                String value = answer.replaceAll("(?s).*\"value\":\\[[^,]*,\"([^\"]*)\".*", "$1");
                seen[1] = value.equals(answer) ? Double.NaN : Double.parseDouble(value);
                return seen[0] == samples && seen[1] == expected;
            };
            return Waiting.until(isShown, Duration.ofSeconds(20))
                    ? ""
                    : String.format(
                            Locale.ROOT,
                            "%.0f rows instead of %d, and the last values' sum is %.2f instead of %.2f",
                            seen[0],
                            samples,
                            seen[1],
                            expected);
        }
    }

    @Override
    public Map<String, Long> processes() {
        return Map.of("victoria-metrics", program.pid());
    }

    @Override
    public void close() {
        program.close();
        Directories.delete(directory);
    }
}
