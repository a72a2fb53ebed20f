package dev.streamgauge.benchmarks.systems;

import dev.streamgauge.benchmarks.load.Generator;
import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.benchmarks.processes.Role;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Ours: the three roles in processes of their own, each with the JVM's flags of the image and a container of 512 MiB,
 * and a Redis that fsyncs before it answers.
 */
public final class Streamgauge implements SystemUnderTest {

    private static final int PARTITIONS = 16;

    /** So high that rate and backlog are checked as usual, but never exceeded. */
    private static final String NO_LIMIT = "1000000000";

    /** 70 % of 512 MiB, which is what the image's {@code MaxRAMPercentage} makes of such a container. */
    private static final String HEAP = "-Xmx358m";

    /** One call, as it runs on the measured core. */
    private static final String BACKLOG_SCRIPT =
            "local n = 0 for i = 1, #KEYS do n = n + redis.call('XLEN', KEYS[i]) end return n";

    private final Path directory;
    private final List<String> rolePrefix;
    private final RedisServer redis;
    private final RedisClient client;
    private final Map<String, Role> roles = new LinkedHashMap<>();
    private final Map<String, Duration> startUps = new LinkedHashMap<>();

    /**
     * Starts Redis and the roles.
     *
     * @param directory for Redis' files; on the disk that is to be measured
     */
    public Streamgauge(Path directory) {
        this(directory, List.of());
    }

    /**
     * Starts Redis and the roles.
     *
     * @param directory for Redis' files; on the disk that is to be measured
     * @param rolePrefix command that runs each role
     */
    public Streamgauge(Path directory, List<String> rolePrefix) {
        this.directory = directory;
        this.rolePrefix =
                Stream.concat(Cores.measured().stream(), rolePrefix.stream()).toList();
        this.redis = RedisServer.builder()
                .directory(directory)
                .commandPrefix(Cores.measured())
                .directives("maxmemory 8gb")
                .build()
                .start();
        this.client = redis.connect();
        try {
            for (String module : new String[] {"ingest-api", "aggregator", "query-api"}) {
                startRole(module);
            }
        } catch (IllegalStateException e) {
            close();
            throw e;
        }
    }

    /** Starts a role that does not run; how long it took until it was ready. */
    public Duration startRole(String module) {
        long start = System.nanoTime();
        Role started = Role.builder(module, redis)
                .commandPrefix(rolePrefix)
                .jvmArgument(HEAP)
                .jvmArgument("-XX:+ExitOnOutOfMemoryError")
                .jvmArgument("-XX:AOTCache=" + Path.of(module, "target", "quarkus-app", "app.aot"))
                .setting("STREAMGAUGE_PARTITIONS", Integer.toString(PARTITIONS))
                .setting("STREAMGAUGE_LIMITS_INGESTION_RATE", NO_LIMIT)
                .setting("STREAMGAUGE_LIMITS_INGESTION_BURST_SIZE", NO_LIMIT)
                .setting("STREAMGAUGE_LIMITS_MAX_GLOBAL_SERIES_PER_USER", "10000000")
                .setting("STREAMGAUGE_LIMITS_MAX_BACKLOG_ENTRIES", NO_LIMIT)
                .setting("STREAMGAUGE_MAX_PARTITION_BACKLOG_ENTRIES", NO_LIMIT)
                .start();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        roles.put(module, started);
        startUps.put(module, took);
        return took;
    }

    /** Ends a role. */
    public void stopRole(String module) {
        Role stopped = roles.remove(module);
        if (stopped != null) {
            stopped.close();
        }
    }

    /** How long each role took until it was ready. */
    public Map<String, Duration> startUps() {
        return Map.copyOf(startUps);
    }

    /** A client of Redis beside those of the roles. */
    public RedisClient redis() {
        return client;
    }

    @Override
    public String name() {
        return "streamgauge";
    }

    @Override
    public int port() {
        return role("ingest-api").port();
    }

    private Role role(String module) {
        Role role = roles.get(module);
        if (role == null) {
            throw new IllegalStateException(module + " does not run");
        }
        return role;
    }

    @Override
    public byte[] encode(Workload workload, Push push) {
        return Json.request(workload, push);
    }

    /** Entries that are accepted and not folded yet. */
    public long backlog() {
        String[] words = Stream.concat(
                        Stream.of("EVAL", BACKLOG_SCRIPT, Integer.toString(PARTITIONS)),
                        IntStream.range(0, PARTITIONS).mapToObj(partition -> "sg:{" + partition + "}:stream"))
                .toArray(String[]::new);
        return client.command(words) instanceof Long entries ? entries : -1;
    }

    @Override
    public void awaitSettled(Duration deadline) {
        if (!Waiting.until(() -> backlog() == 0, deadline)) {
            throw new IllegalStateException(backlog() + " entries are not folded after " + deadline);
        }
    }

    /** Where a tenant's scrape is. */
    public URI scrapeAddress() {
        return URI.create("http://127.0.0.1:" + role("query-api").port() + "/metrics");
    }

    @Override
    public String check(Workload workload, Collection<Generator> generators) {
        double shown = 0;
        try (Scrape scrape = new Scrape()) {
            for (int i = 0; i < workload.tenants(); i++) {
                shown += scrape.sum(scrapeAddress(), workload.tenant(i), series -> isSummed(workload.kind(), series));
            }
        }
        double expected = generators.stream()
                .mapToDouble(
                        generator -> workload.kind() == Kind.GAUGE ? generator.lastSum() : generator.acknowledgedSum())
                .sum();
        return shown == expected
                ? ""
                : String.format(Locale.ROOT, "the scrape's sum is %.2f, and %.2f was acknowledged", shown, expected);
    }

    private static boolean isSummed(Kind kind, String series) {
        return switch (kind) {
            case COUNTER, GAUGE -> true;
            case HISTOGRAM, SUMMARY -> {
                int labels = series.indexOf('{');
                yield series.substring(0, labels < 0 ? series.length() : labels).endsWith("_sum");
            }
        };
    }

    @Override
    public Map<String, Long> processes() {
        Map<String, Long> pids = new LinkedHashMap<>();
        roles.forEach((module, role) -> pids.put(module, role.pid()));
        pids.put("redis", redis.pid());
        return pids;
    }

    @Override
    public void close() {
        roles.values().forEach(Role::close);
        roles.clear();
        client.close();
        redis.close();
        Directories.delete(directory);
    }
}
