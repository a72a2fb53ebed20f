package dev.streamgauge.benchmarks.systems;

import dev.streamgauge.benchmarks.load.Generator;
import dev.streamgauge.benchmarks.load.Protocol;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;

/** A system that takes pushes, with all of its processes on one core. It is started when it is made. */
public sealed interface SystemUnderTest extends AutoCloseable
        permits Streamgauge, Pushgateway, VictoriaMetrics, NullServer, PoppedList {

    /** What it is called in a table. */
    String name();

    /** Where pushes go. */
    int port();

    /** How pushes are framed. */
    default Protocol protocol() {
        return Protocol.HTTP;
    }

    /**
     * A push as it goes over the wire.
     *
     * @throws IllegalArgumentException if it has no format for the workload's kind
     */
    byte[] encode(Workload workload, Push push);

    /**
     * Waits until all that was acknowledged is in what a scrape shows; a system that answers after that returns at
     * once.
     */
    default void awaitSettled(Duration deadline) {}

    /**
     * Compares what it shows with what was acknowledged to it in its whole life.
     *
     * @return what is wrong; empty if nothing is
     */
    String check(Workload workload, Collection<Generator> generators);

    /** Process ids by what each is called, Redis included. */
    Map<String, Long> processes();

    @Override
    void close();
}
