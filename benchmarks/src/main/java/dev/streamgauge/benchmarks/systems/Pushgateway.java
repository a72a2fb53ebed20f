package dev.streamgauge.benchmarks.systems;

import dev.streamgauge.benchmarks.load.Generator;
import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RunningProgram;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Debian's {@code prometheus-pushgateway}, in memory. It keeps the last value of each series and adds nothing up. */
public final class Pushgateway implements SystemUnderTest {

    private final int port = FreePort.find();
    private final Consistency consistency;
    private final RunningProgram program;

    /** Whether each push is checked for consistency with everything that is stored. */
    public enum Consistency {
        CHECKED,
        UNCHECKED
    }

    /** Starts it. */
    public Pushgateway(Consistency consistency) {
        this.consistency = consistency;
        List<String> command = new ArrayList<>(Cores.measured());
        command.addAll(
                List.of("prometheus-pushgateway", "--web.listen-address=127.0.0.1:" + port, "--log.level=error"));
        if (consistency == Consistency.UNCHECKED) {
            command.add("--push.disable-consistency-check");
        }
        program = RunningProgram.start(command);
        program.awaitAnswer(URI.create("http://127.0.0.1:" + port + "/-/ready"), Duration.ofSeconds(30));
    }

    @Override
    public String name() {
        return consistency == Consistency.CHECKED ? "pushgateway" : "pushgateway, no check";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public byte[] encode(Workload workload, Push push) {
        return HttpRequests.post(
                "/metrics/job/" + push.group(),
                "Content-Type: application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited\r\n",
                Protobuf.body(workload, push),
                workload.isGzip());
    }

    /** Where its scrape is. */
    public URI scrapeAddress() {
        return URI.create("http://127.0.0.1:" + port + "/metrics");
    }

    @Override
    public String check(Workload workload, Collection<Generator> generators) {
        double expected = generators.stream().mapToDouble(Generator::lastSum).sum();
        double[] shown = new double[1];
        try (Scrape scrape = new Scrape()) {
            // Without its check it answers before it has stored.
            BooleanSupplier isShown = () -> {
                shown[0] = scrape.sum(scrapeAddress(), "", Pushgateway::isPushed);
                return shown[0] == expected;
            };
            return Waiting.until(isShown, Duration.ofSeconds(10))
                    ? ""
                    : String.format(Locale.ROOT, "the scrape's sum is %.2f instead of %.2f", shown[0], expected);
        }
    }

    private static boolean isPushed(String series) {
        return series.contains("path=\"");
    }

    @Override
    public Map<String, Long> processes() {
        return Map.of("pushgateway", program.pid());
    }

    @Override
    public void close() {
        program.close();
    }
}
