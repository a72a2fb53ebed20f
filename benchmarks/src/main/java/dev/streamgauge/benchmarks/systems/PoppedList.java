package dev.streamgauge.benchmarks.systems;

import dev.streamgauge.benchmarks.load.Generator;
import dev.streamgauge.benchmarks.load.Protocol;
import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.RunningProgram;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The algorithm of gateways that pop a Redis list into a client library, not a product: senders LPUSH a JSON object for
 * each sample, {@link PoppedListMain} pops and adds. Its Redis writes no file, as theirs does not.
 */
public final class PoppedList implements SystemUnderTest {

    private final int scrapePort = FreePort.find();
    private final RedisServer redis;
    private final RedisClient client;
    private final RunningProgram program;

    /** Starts Redis and the program. */
    public PoppedList() {
        redis = RedisServer.builder()
                .commandPrefix(Cores.measured())
                .directives("appendonly no", "maxmemory 8gb")
                .build()
                .start();
        client = redis.connect();
        program = Java.start(
                PoppedListMain.class,
                List.of("-Xmx358m", "-XX:+ExitOnOutOfMemoryError"),
                Cores.measured(),
                List.of(Integer.toString(redis.port()), Integer.toString(scrapePort)));
        program.awaitAnswer(scrapeAddress(), Duration.ofSeconds(30));
    }

    private URI scrapeAddress() {
        return URI.create("http://127.0.0.1:" + scrapePort + "/metrics");
    }

    @Override
    public String name() {
        return "popped list";
    }

    @Override
    public int port() {
        return redis.port();
    }

    @Override
    public Protocol protocol() {
        return Protocol.RESP;
    }

    @Override
    public byte[] encode(Workload workload, Push push) {
        if (workload.kind() != Kind.COUNTER || workload.isGzip()) {
            throw new IllegalArgumentException("only plain counters");
        }
        List<byte[]> words = new ArrayList<>();
        words.add("LPUSH".getBytes(StandardCharsets.UTF_8));
        words.add(PoppedListMain.LIST.getBytes(StandardCharsets.UTF_8));
        push.samples()
                .forEach(sample -> words.add(Json.sample(workload, push, sample).getBytes(StandardCharsets.UTF_8)));
        ByteArrayOutputStream command = new ByteArrayOutputStream();
        command.writeBytes(("*" + words.size() + "\r\n").getBytes(StandardCharsets.UTF_8));
        for (byte[] word : words) {
            command.writeBytes(("$" + word.length + "\r\n").getBytes(StandardCharsets.UTF_8));
            command.writeBytes(word);
            command.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        return command.toByteArray();
    }

    @Override
    public void awaitSettled(Duration deadline) {
        if (!Waiting.until(() -> Long.valueOf(0).equals(client.command("LLEN", PoppedListMain.LIST)), deadline)) {
            throw new IllegalStateException("the list is not empty after " + deadline);
        }
    }

    @Override
    public String check(Workload workload, Collection<Generator> generators) {
        double expected =
                generators.stream().mapToDouble(Generator::acknowledgedSum).sum();
        double[] shown = new double[1];
        try (Scrape scrape = new Scrape()) {
            // What was popped last may not be added yet.
            boolean isShown = Waiting.until(
                    () -> {
                        shown[0] = scrape.sum(scrapeAddress(), "", series -> true);
                        return shown[0] == expected;
                    },
                    Duration.ofSeconds(5));
            return isShown
                    ? ""
                    : String.format(Locale.ROOT, "the scrape's sum is %.2f instead of %.2f", shown[0], expected);
        }
    }

    @Override
    public Map<String, Long> processes() {
        return Map.of("worker", program.pid(), "redis", redis.pid());
    }

    @Override
    public void close() {
        program.close();
        client.close();
        redis.close();
    }
}
