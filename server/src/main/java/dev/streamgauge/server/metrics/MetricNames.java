package dev.streamgauge.server.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Makes the metrics of the libraries follow Prometheus' naming rules, as {@code promtool check metrics} tests them:
 * every metric has a help text, labels are in snake case, and names have base units and no reserved suffix.
 */
final class MetricNames implements MeterFilter {

    /** In nanoseconds; {@link ProcessCpu} has the same in seconds. */
    private static final String CPU_NANOSECONDS = "process.cpu.time";

    private static final Map<String, String> NAMES = Map.of("system.cpu.count", "system.cpus");

    private static final Pattern CAPITAL = Pattern.compile("(?<=[a-z0-9])[A-Z]");

    private static final Map<String, String> DESCRIPTIONS = Map.of(
            "http.server.active.requests", "Requests that the HTTP server is processing",
            "netty.allocator.memory.pinned", "Bytes of the allocator's memory that are in use by buffers",
            "netty.allocator.memory.used", "Bytes of memory that the allocator has reserved",
            "netty.allocator.pooled.arenas", "Arenas of the pooled allocator",
            "netty.allocator.pooled.cache.size", "Size of a cache of the pooled allocator",
            "netty.allocator.pooled.chunk.size", "Bytes of a chunk of the pooled allocator",
            "netty.allocator.pooled.threadlocal.caches", "Thread-local caches of the pooled allocator",
            "netty.eventexecutor.tasks.pending", "Tasks that wait for an event loop");

    /** A long task timer becomes a summary whose samples have unknown suffixes, and active connections have a gauge. */
    @Override
    public MeterFilterReply accept(Meter.Id id) {
        boolean isUnfit =
                id.getType() == Meter.Type.LONG_TASK_TIMER || id.getName().equals(CPU_NANOSECONDS);
        return isUnfit ? MeterFilterReply.DENY : MeterFilterReply.NEUTRAL;
    }

    @Override
    public Meter.Id map(Meter.Id id) {
        Meter.Id named = id.withName(NAMES.getOrDefault(id.getName(), id.getName()));
        if (named.getTags().stream().anyMatch(MetricNames::hasCapital)) {
            named = named.replaceTags(
                    named.getTags().stream().map(MetricNames::inSnakeCase).toList());
        }
        return named.getDescription() == null || named.getDescription().isBlank() ? described(named) : named;
    }

    private static boolean hasCapital(Tag tag) {
        return CAPITAL.matcher(tag.getKey()).find();
    }

    private static Tag inSnakeCase(Tag tag) {
        String key = CAPITAL.matcher(tag.getKey())
                .replaceAll(letter -> "_" + (char) (letter.group().charAt(0) | 0x20));
        return Tag.of(key, tag.getValue());
    }

    private static Meter.Id described(Meter.Id id) {
        String description = DESCRIPTIONS.getOrDefault(id.getName(), "The meter " + id.getName());
        return new Meter.Id(id.getName(), Tags.of(id.getTags()), id.getBaseUnit(), description, id.getType());
    }
}
