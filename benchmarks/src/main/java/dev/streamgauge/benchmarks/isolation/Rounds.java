package dev.streamgauge.benchmarks.isolation;

import dev.streamgauge.benchmarks.load.Latencies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rounds of one kind, with or without the noisy tenant, that count. Not thread-safe. */
final class Rounds {

    private final Answers quiet = new Answers();
    private final Answers noisy = new Answers();
    private final Latencies untilShown = new Latencies();
    private final List<Double> p99Millis = new ArrayList<>();
    private final Map<String, Duration> cpu = new LinkedHashMap<>();

    void add(Answers ofQuiet, Answers ofNoisy, Latencies shown, Map<String, Duration> used) {
        quiet.addAll(ofQuiet);
        noisy.addAll(ofNoisy);
        untilShown.addAll(shown);
        p99Millis.add(ofQuiet.acceptedMillis(990));
        used.forEach((name, time) -> cpu.merge(name, time, Duration::plus));
    }

    int count() {
        return p99Millis.size();
    }

    Answers quiet() {
        return quiet;
    }

    Answers noisy() {
        return noisy;
    }

    /** How long the samples of a quiet tenant took from the push to a scrape that shows them. */
    Latencies untilShown() {
        return untilShown;
    }

    /** CPU time by process. */
    Map<String, Duration> cpu() {
        return cpu;
    }

    /** The median of the rounds' p99 of the quiet tenants, in ms. */
    double medianP99Millis() {
        List<Double> sorted = p99Millis.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
