package dev.streamgauge.benchmarks.isolation;

import dev.streamgauge.benchmarks.processes.CpuTime;
import dev.streamgauge.benchmarks.processes.Role;
import dev.streamgauge.testkit.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is measured: a Redis that fsyncs before it answers, two ingest processes, an aggregator and a query process. */
final class Processes implements AutoCloseable {

    private final RedisServer redis;
    private final Map<String, Role> roles = new LinkedHashMap<>();
    private final List<Integer> ingestPorts = new ArrayList<>();
    private final int queryPort;

    /**
     * Starts them.
     *
     * @param rateLimit samples a second that every tenant may push
     */
    Processes(int rateLimit) {
        redis = RedisServer.builder().build().start();
        try {
            ingestPorts.add(start("ingest-1", "ingest-api", rateLimit));
            ingestPorts.add(start("ingest-2", "ingest-api", rateLimit));
            start("aggregator", "aggregator", rateLimit);
            queryPort = start("query", "query-api", rateLimit);
        } catch (IllegalStateException e) {
            close();
            throw e;
        }
    }

    /** Where Redis has its files. */
    Path redisDirectory() {
        return redis.directory();
    }

    private int start(String name, String module, int rateLimit) {
        Role.Builder builder = Role.builder(module, redis)
                .jvmArgument("-Xmx256m")
                .setting("STREAMGAUGE_LIMITS_INGESTION_RATE", Integer.toString(rateLimit))
                .setting("STREAMGAUGE_LIMITS_INGESTION_BURST_SIZE", Integer.toString(rateLimit));
        String recording = System.getProperty("dev.streamgauge.isolation.recordings", "");
        if (!recording.isEmpty()) {
            builder.jvmArgument("-XX:StartFlightRecording=settings=profile,dumponexit=true,filename="
                    + Path.of(recording, name + ".jfr"));
        }
        Role started = builder.start();
        roles.put(name, started);
        return started.port();
    }

    List<Integer> ingestPorts() {
        return List.copyOf(ingestPorts);
    }

    int queryPort() {
        return queryPort;
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
        roles.forEach((name, role) -> used.put(name, CpuTime.ofTree(role.pid())));
        used.put("redis", CpuTime.ofTree(redis.pid()));
        used.put("generator", CpuTime.own());
        return used;
    }

    @Override
    public void close() {
        roles.values().forEach(Role::close);
        redis.close();
    }
}
