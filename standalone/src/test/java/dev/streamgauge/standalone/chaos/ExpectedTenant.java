package dev.streamgauge.standalone.chaos;

import dev.streamgauge.standalone.chaos.Deleter.Deletion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a tenant's scrape must show, with the requests behind each series. */
final class ExpectedTenant {

    private static final String SCRATCH = "scratch_total";
    private static final double[] RAW_BOUNDS = {4, 1024, 65536};
    private static final String[] RAW_BOUND_TEXTS = {"4", "1024", "65536", "+Inf"};
    private static final String[] COUNTED_BOUND_TEXTS = {"1", "10", "+Inf"};

    private final String tenant;
    private final Map<String, Double> shown;
    private final Map<String, Double> values = new HashMap<>();

    /** Requests by digit, of series that show them as digits. */
    private final Map<String, Map<Integer, Journal.Entry>> digits = new HashMap<>();

    /** The greatest timestamp of each gauge. */
    private final Map<String, Long> lastGauge = new HashMap<>();

    /** Pushes to series that are deleted now and then, which show them as digits too. */
    private final List<Journal.Entry> scratch = new ArrayList<>();

    private final List<Deletion> deletions;
    private long samples;

    /**
     * Works out what must be shown.
     *
     * @param shown by the scrape; decides what became of requests of unknown outcome
     */
    ExpectedTenant(String tenant, List<Journal.Entry> entries, Map<String, Double> shown) {
        this(tenant, entries, List.of(), shown);
    }

    /** Works out what must be shown after these deletions. */
    ExpectedTenant(String tenant, List<Journal.Entry> entries, List<Deletion> deletions, Map<String, Double> shown) {
        this.tenant = tenant;
        this.deletions = List.copyOf(deletions);
        this.shown = shown;
        entries.forEach(this::add);
    }

    private void add(Journal.Entry entry) {
        Push push = entry.push();
        String counter = "orders_total{cell=\"" + push.cell() + "\"}";
        boolean counted = isCounted(entry, counter);
        if (counted) {
            entry.setCounted();
            samples += push.samples();
        }
        addDigit(counter, entry, counted, 1);
        for (Push.Kind kind : push.kinds()) {
            add(kind, entry, counted);
        }
    }

    /** If the outcome is unknown, the request's counter decides; its other samples must agree. */
    private boolean isCounted(Journal.Entry entry, String counter) {
        return switch (entry.outcome()) {
            case ACCEPTED -> true;
            case REJECTED -> false;
            case OPEN, UNKNOWN ->
                entry.push().flaw() != Push.Flaw.ALL_BAD
                        && (entry.wasCounted()
                                || digit(
                                                shown.getOrDefault(counter, 0.0),
                                                entry.push().digit())
                                        > 0);
        };
    }

    private void add(Push.Kind kind, Journal.Entry entry, boolean counted) {
        Push push = entry.push();
        String cell = "cell=\"" + push.cell() + "\"";
        switch (kind) {
            case COUNTER -> throw new IllegalArgumentException("every push has its counter");
            case SCRATCH -> {
                if (counted) {
                    scratch.add(entry);
                }
            }
            case GAUGE -> {
                String series = "depth{" + cell + "}";
                if (counted && push.gaugeMillis() >= lastGauge.getOrDefault(series, 0L)) {
                    lastGauge.put(series, push.gaugeMillis());
                    values.put(series, (double) push.number());
                }
            }
            case RAW_HISTOGRAM -> {
                addDigit("latency_seconds_sum{" + cell + "}", entry, counted, 1);
                if (counted) {
                    int bucket = 0;
                    while (bucket < RAW_BOUNDS.length && (double) push.unit() > RAW_BOUNDS[bucket]) {
                        bucket++;
                    }
                    addToBuckets("latency_seconds", cell, RAW_BOUND_TEXTS, bucket, 1);
                    values.merge("latency_seconds_count{" + cell + "}", 1.0, Double::sum);
                }
            }
            case COUNTED_HISTOGRAM -> {
                addDigit("sizes_bytes_count{" + cell + "}", entry, counted, 1);
                addDigit("sizes_bytes_sum{" + cell + "}", entry, counted, 0.5);
                if (counted) {
                    addToBuckets("sizes_bytes", cell, COUNTED_BOUND_TEXTS, push.countedBucket(), (double) push.unit());
                }
            }
            case SUMMARY -> {
                addDigit("payload_bytes_sum{" + cell + "}", entry, counted, 1);
                if (counted) {
                    values.merge("payload_bytes_count{" + cell + "}", 1.0, Double::sum);
                }
            }
        }
    }

    private void addDigit(String series, Journal.Entry entry, boolean counted, double factor) {
        digits.computeIfAbsent(series, text -> new HashMap<>()).put(entry.push().digit(), entry);
        if (counted) {
            values.merge(series, entry.push().unit() * factor, Double::sum);
        }
    }

    private void addToBuckets(String name, String cell, String[] bounds, int bucket, double count) {
        for (int i = 0; i < bounds.length; i++) {
            values.merge(name + "_bucket{" + cell + ",le=\"" + bounds[i] + "\"}", i >= bucket ? count : 0, Double::sum);
        }
    }

    /** Samples that were accepted. */
    long samples() {
        return samples;
    }

    /** The series that differ from what is expected, are missing, or are unexpected. */
    List<Wrong> compare() {
        List<Wrong> wrong = new ArrayList<>();
        Set<String> series = new TreeSet<>(values.keySet());
        shown.keySet().stream()
                .filter(text -> !text.contains("quantile=") && !text.startsWith(SCRATCH))
                .forEach(series::add);
        for (String text : series) {
            double expected = values.getOrDefault(text, 0.0);
            double found = shown.getOrDefault(text, 0.0);
            boolean existsAsExpected = values.containsKey(text) == shown.containsKey(text);
            if (expected != found || !existsAsExpected) {
                wrong.addAll(explain(text, expected, found));
            }
        }
        scratch.forEach(entry -> checkScratch(entry).ifPresent(wrong::add));
        return wrong;
    }

    /**
     * A push is gone if a deletion began after its acceptance, and is there if none was in progress since it was sent.
     */
    private Optional<Wrong> checkScratch(Journal.Entry entry) {
        int cell = entry.push().cell();
        int found = digit(
                shown.getOrDefault(SCRATCH + "{cell=\"" + cell + "\"}", 0.0),
                entry.push().digit());
        boolean isAccepted = entry.outcome() == Journal.Outcome.ACCEPTED;
        boolean mustBeGone =
                isAccepted && deletions.stream().anyMatch(each -> each.removed(cell, entry.settledNanos()));
        boolean mustBeThere = deletions.stream().noneMatch(each -> each.mayHaveRemoved(cell, entry.firstSentNanos()));
        String expected = mustBeGone ? "0" : mustBeThere ? "1" : "0 or 1";
        return expected.contains(Integer.toString(found))
                ? Optional.empty()
                : Optional.of(new Wrong(
                        tenant + " " + SCRATCH + " push-" + entry.push().number(),
                        expected,
                        Integer.toString(found),
                        entry.trail()));
    }

    /** The requests with another digit than expected; if there are none, the series as a whole. */
    private List<Wrong> explain(String series, double expected, double found) {
        double unit = series.startsWith("sizes_bytes_sum") ? 0.5 : 1;
        List<Wrong> wrong = new ArrayList<>();
        digits.getOrDefault(series, Map.of()).forEach((digit, entry) -> {
            int expectedDigit = digit(expected / unit, digit);
            int foundDigit = digit(found / unit, digit);
            if (expectedDigit != foundDigit) {
                wrong.add(new Wrong(
                        tenant + " " + series + " push-" + entry.push().number(),
                        Integer.toString(expectedDigit),
                        Integer.toString(foundDigit),
                        entry.trail()));
            }
        });
        if (wrong.isEmpty()) {
            wrong.add(new Wrong(tenant + " " + series, shownAs(values, series), shownAs(shown, series)));
        }
        return wrong;
    }

    private static String shownAs(Map<String, Double> values, String series) {
        return values.containsKey(series) ? values.get(series).toString() : "nothing";
    }

    private static int digit(double value, int digit) {
        return (int) ((long) value >> (2 * digit)) & 3;
    }
}
