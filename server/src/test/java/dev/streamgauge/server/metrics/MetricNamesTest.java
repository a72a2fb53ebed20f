package dev.streamgauge.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilterReply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricNamesTest {

    private final MetricNames filter = new MetricNames();

    private static Meter.Id id(String name, Meter.Type type, String... tags) {
        return new Meter.Id(name, Tags.of(tags), "bytes", "described", type);
    }

    @ParameterizedTest
    @CsvSource({"clientName, client_name", "clientType, client_type", "le, le", "memory_type, memory_type"})
    void labels_areInSnakeCase(String key, String expected) {
        Meter.Id mapped = filter.map(id("redis.current", Meter.Type.GAUGE, key, "aValue", "other", "x"));

        assertThat(mapped.getTags())
                .isEqualTo(Tags.of(expected, "aValue", "other", "x").stream().toList());
    }

    @Test
    void metric_getsAHelpText_whenItHasNone() {
        Meter.Id bare =
                new Meter.Id("netty.allocator.memory.used", Tags.of("name", "pooled"), "bytes", null, Meter.Type.GAUGE);
        Meter.Id unknown = new Meter.Id("x.y", Tags.empty(), null, " ", Meter.Type.GAUGE);

        assertThat(filter.map(bare).getDescription()).isEqualTo("Bytes of memory that the allocator has reserved");
        assertThat(filter.map(bare)).isEqualTo(bare);
        assertThat(filter.map(bare).getBaseUnit()).isEqualTo("bytes");
        assertThat(filter.map(unknown).getDescription()).isEqualTo("The meter x.y");
    }

    @Test
    void otherMetrics_areLeftAlone() {
        Meter.Id id = id("streamgauge.tenants", Meter.Type.GAUGE, "reason", "aB");

        assertThat(filter.map(id)).isEqualTo(id);
        assertThat(filter.map(id).getDescription()).isEqualTo("described");
        assertThat(filter.accept(id)).isEqualTo(MeterFilterReply.NEUTRAL);
    }

    @Test
    void reservedSuffix_isReplaced() {
        assertThat(filter.map(id("system.cpu.count", Meter.Type.GAUGE)).getName())
                .isEqualTo("system.cpus");
    }

    @Test
    void metricsThatTheTextFormatCannotShow_areLeftOut() {
        assertThat(filter.accept(id("http.server.connections", Meter.Type.LONG_TASK_TIMER)))
                .isEqualTo(MeterFilterReply.DENY);
        assertThat(filter.accept(id("process.cpu.time", Meter.Type.COUNTER))).isEqualTo(MeterFilterReply.DENY);
    }
}
