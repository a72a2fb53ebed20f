package dev.streamgauge.server.metrics;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.lang.management.ManagementFactory;

/** Shows the CPU time of this process under the name and in the unit that Prometheus' own clients use. */
@ApplicationScoped
public class ProcessCpu {

    private static final double NANOS_OF_A_SECOND = 1e9;

    private final MeterRegistry registry;
    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    public ProcessCpu(MeterRegistry registry) {
        this.registry = registry;
    }

    void register(@Observes StartupEvent event) {
        FunctionCounter.builder("process.cpu", system, bean -> bean.getProcessCpuTime() / NANOS_OF_A_SECOND)
                .baseUnit("seconds")
                .description("CPU time used by this process")
                .register(registry);
    }
}
