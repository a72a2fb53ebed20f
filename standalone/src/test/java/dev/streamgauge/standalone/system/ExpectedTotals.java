package dev.streamgauge.standalone.system;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What senders know that they sent, as a scrape must show it: values by series text, tenant by tenant. Values are
 * multiples of 1/8, so that every sum is exact in any order. Thread-safe.
 */
final class ExpectedTotals {

    static final double[] BOUNDS = {0.5, 1, 2, 8};

    private final Map<String, Map<String, Double>> tenants = new ConcurrentHashMap<>();

    void add(String tenant, String series, double value) {
        of(tenant).merge(series, value, Double::sum);
    }

    void set(String tenant, String series, double value) {
        of(tenant).put(series, value);
    }

    /** Counts values of a histogram: so many in each bucket, the last for +Inf. */
    void addHistogram(String tenant, String name, String labels, double[] counts, double sum) {
        double cumulative = 0;
        for (int i = 0; i < counts.length; i++) {
            cumulative += counts[i];
            add(tenant, name + "_bucket{" + labels + ",le=\"" + bound(i) + "\"}", cumulative);
        }
        add(tenant, name + "_sum{" + labels + "}", sum);
        add(tenant, name + "_count{" + labels + "}", cumulative);
    }

    private static String bound(int bucket) {
        if (bucket == BOUNDS.length) {
            return "+Inf";
        }
        return BOUNDS[bucket] == Math.rint(BOUNDS[bucket])
                ? Long.toString((long) BOUNDS[bucket])
                : Double.toString(BOUNDS[bucket]);
    }

    private Map<String, Double> of(String tenant) {
        return tenants.computeIfAbsent(tenant, name -> new ConcurrentHashMap<>());
    }

    /** Everything expected of a tenant. */
    Map<String, Double> tenant(String tenant) {
        return new TreeMap<>(of(tenant));
    }
}
