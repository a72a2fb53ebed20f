package dev.streamgauge.benchmarks.isolation;

import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.RunningJar;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is measured: a Redis that fsyncs before it answers, two ingest processes, an aggregator and a query process. */
final class Processes implements AutoCloseable {

    private static final Duration START_DEADLINE = Duration.ofSeconds(60);

    private final RedisServer redis;
    private final Map<String, RunningJar> jars = new LinkedHashMap<>();
    private final List<Integer> ingestPorts = new ArrayList<>();

    Processes(Settings settings) {
        redis = RedisServer.builder().build().start();
        try {
            ingestPorts.add(start("ingest-1", "ingest-api", settings));
            ingestPorts.add(start("ingest-2", "ingest-api", settings));
            start("aggregator", "aggregator", settings);
            start("query", "query-api", settings);
        } catch (IllegalStateException e) {
            close();
            throw e;
        }
    }

    private int start(String name, String module, Settings settings) {
        Path jar = Path.of(module, "target", "quarkus-app", "quarkus-run.jar");
        if (!Files.exists(jar)) {
            throw new IllegalStateException(jar + " is not built: use make bench-isolation");
        }
        int port = FreePort.find();
        RunningJar.Builder builder = RunningJar.builder(jar)
                .jvmArgument("-Xmx256m")
                .environment("QUARKUS_HTTP_PORT", Integer.toString(port))
                .environment("QUARKUS_REDIS_HOSTS", redis.url())
                .environment("STREAMGAUGE_AUTH_MODE", "open")
                .environment("STREAMGAUGE_LIMITS_INGESTION_RATE", Integer.toString(settings.rateLimit()))
                .environment("STREAMGAUGE_LIMITS_INGESTION_BURST_SIZE", Integer.toString(settings.rateLimit()));
        String recording = System.getProperty("dev.streamgauge.isolation.recordings", "");
        if (!recording.isEmpty()) {
            builder.jvmArgument("-XX:StartFlightRecording=settings=profile,dumponexit=true,filename="
                    + Path.of(recording, name + ".jfr"));
        }
        RunningJar started = builder.start();
        jars.put(name, started);
        started.awaitAnswer(URI.create("http://127.0.0.1:" + port + "/q/health/ready"), START_DEADLINE);
        return port;
    }

    List<Integer> ingestPorts() {
        return List.copyOf(ingestPorts);
    }

    String redisVersion() {
        return String.valueOf(redis.command("INFO", "server"))
                .lines()
                .filter(line -> line.startsWith("redis_version:") || line.startsWith("mem_allocator:"))
                .map(line -> line.substring(line.indexOf(':') + 1))
                .reduce((first, second) -> first + " " + second)
                .orElse("unknown");
    }

    /** CPU time used so far, by process; {@code generator} is this one. */
    Map<String, Duration> cpu() {
        Map<String, Duration> used = new LinkedHashMap<>();
        jars.forEach((name, jar) -> used.put(name, cpuOf(jar.pid())));
        used.put("redis", cpuOf(redis.pid()));
        used.put("generator", cpuOf(ProcessHandle.current().pid()));
        return used;
    }

    private static Duration cpuOf(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }

    @Override
    public void close() {
        jars.values().forEach(jar -> {
            jar.terminate();
            jar.close();
        });
        redis.close();
    }
}
