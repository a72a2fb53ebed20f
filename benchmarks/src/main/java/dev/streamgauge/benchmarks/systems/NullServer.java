package dev.streamgauge.benchmarks.systems;

import dev.streamgauge.benchmarks.load.Generator;
import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RunningProgram;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The least that a push costs on our HTTP stack: {@link NullServerMain} with the same JVM's flags as ours. */
public final class NullServer implements SystemUnderTest {

    private final int port = FreePort.find();
    private final RunningProgram program;

    /** Starts it. */
    public NullServer() {
        program = Java.start(
                NullServerMain.class,
                List.of("-Xmx358m", "-XX:+ExitOnOutOfMemoryError"),
                Cores.measured(),
                List.of(Integer.toString(port)));
        program.awaitAnswer(URI.create("http://127.0.0.1:" + port + "/"), Duration.ofSeconds(30));
    }

    @Override
    public String name() {
        return "null server";
    }

    @Override
    public int port() {
        return port;
    }

    /** The very bytes that ours gets. */
    @Override
    public byte[] encode(Workload workload, Push push) {
        return Json.request(workload, push);
    }

    @Override
    public String check(Workload workload, Collection<Generator> generators) {
        return ""; // shows nothing
    }

    @Override
    public Map<String, Long> processes() {
        return Map.of("null server", program.pid());
    }

    @Override
    public void close() {
        program.close();
    }
}
