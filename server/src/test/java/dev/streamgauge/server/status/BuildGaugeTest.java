package dev.streamgauge.server.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.server.Role;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class BuildGaugeTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void gauge_hasASeriesForEachRole() {
        List<Role> roles = List.of(() -> "ingest", () -> "query");

        new BuildGauge(registry, roles, "1.2.3").register(new StartupEvent());

        assertThat(registry.getMeters()).hasSize(2);
        for (Role role : roles) {
            assertThat(registry.get("streamgauge.build.info")
                            .tag("version", "1.2.3")
                            .tag("role", role.name())
                            .gauge()
                            .value())
                    .isEqualTo(1);
        }
    }
}
