package dev.streamgauge.benchmarks.systems;

import dev.streamgauge.benchmarks.load.RequestSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The same pushes for each system. Each group of series has one tenant and one job, as a sender has, and a push has one
 * sample for each series of its group. A series has three labels. Values are sums of a few powers of two,
 * so that every order of adding gives the same sum.
 *
 * @param name what the series' jobs begin with: workloads with different names push different series
 * @param samples of a request
 * @param series of all requests together; a multiple of samples
 * @param tenants that the groups are spread over
 * @param isGzip whether bodies are compressed
 */
public record Workload(String name, Kind kind, int samples, int series, int tenants, boolean isGzip) {

    /** Fewer different requests than this are made more by changing the order of their samples. */
    private static final int LEAST_REQUESTS = 64;

    private static final List<String> NAMES =
            List.of("orders", "requests", "errors", "bytes_sent", "cache_hits", "retries", "logins");

    /** Bounds of the histograms. */
    static final List<Double> BOUNDS = List.of(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0);

    /** Checks that the series are whole groups. */
    public Workload {
        if (series % samples != 0 || (long) series / samples < tenants) {
            throw new IllegalArgumentException(series + " series are not whole groups of " + samples);
        }
    }

    /** Counters of one tenant, as they are. */
    public static Workload counters(int samples, int series) {
        return new Workload("bench", Kind.COUNTER, samples, series, 1, false);
    }

    /** With other series. */
    public Workload named(String other) {
        return new Workload(other, kind, samples, series, tenants, isGzip);
    }

    /** How many groups of series there are. */
    public int groups() {
        return series / samples;
    }

    /** The tenant of a group. */
    public String tenant(int group) {
        return "tenant-" + group % tenants;
    }

    /** All requests in a system's own format. */
    public RequestSet encodeFor(SystemUnderTest system) {
        int groups = groups();
        int copies = Math.max(1, (LEAST_REQUESTS + groups - 1) / groups);
        byte[][] requests = new byte[groups * copies][];
        int[] groupOf = new int[requests.length];
        double[] sums = new double[groups];
        Random order = new Random(1);
        for (int i = 0; i < requests.length; i++) {
            int group = i % groups;
            List<Push.Sample> pushed = new ArrayList<>();
            double sum = 0;
            for (int j = 0; j < samples; j++) {
                double value = value(group * samples + j);
                sum += value;
                pushed.add(new Push.Sample(
                        NAMES.get(j % NAMES.size()) + suffix(),
                        j % 3 == 0 ? "POST" : "GET",
                        "/api/v1/items/" + j,
                        value));
            }
            if (i >= groups) {
                Collections.shuffle(pushed, order);
            }
            groupOf[i] = group;
            sums[group] = sum;
            requests[i] = system.encode(this, new Push(tenant(group), name + "-" + group, pushed));
        }
        return new RequestSet(requests, samples, groupOf, sums);
    }

    private String suffix() {
        return switch (kind) {
            case COUNTER -> "_total";
            case GAUGE -> "_size";
            case HISTOGRAM -> "_seconds";
            case SUMMARY -> "_millis";
        };
    }

    private double value(int series) {
        return switch (kind) {
            case COUNTER, GAUGE -> series % 4 == 3 ? 1 + series % 9 + 0.25 : 1 + series % 9;
            case HISTOGRAM, SUMMARY -> (1 + series % 640) / 64.0;
        };
    }
}
