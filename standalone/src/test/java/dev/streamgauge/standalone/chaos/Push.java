package dev.streamgauge.standalone.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One request that leaves its own trace in the totals: it adds one to its own digit of a number in base 4, the value of
 * its cell. After the run that digit is 1 if the request was counted once, 0 if it is missing, 2 if it was counted
 * twice.
 *
 * <p>25 digits are below 2^53, so every sum is exact. Eight cells of a tenant are written in turn, so that requests of
 * many senders meet in one series, and a series lives for a while.
 *
 * @param number of the run, from 0
 * @param slot number among those of its tenant, from 0; decides cell and digit
 * @param key its idempotency key; without one it is sent once, whatever comes
 * @param kinds what it carries beside a counter
 */
public record Push(int number, String tenant, int slot, Optional<String> key, Set<Kind> kinds, Flaw flaw) {

    static final int DIGITS = 25;

    private static final int CELLS_IN_TURN = 8;
    private static final long FIRST_GAUGE_MILLIS = 1_700_000_000_000L;

    /** The kinds of samples. */
    public enum Kind {
        COUNTER,
        GAUGE,
        RAW_HISTOGRAM,
        COUNTED_HISTOGRAM,
        SUMMARY,
        /** A counter that the {@link Deleter} deletes now and then. */
        SCRATCH
    }

    /** What is wrong with it. */
    public enum Flaw {
        NONE,
        /** One more sample, which is rejected. */
        BAD_SAMPLE,
        /** Only samples that are rejected. */
        ALL_BAD
    }

    public Push {
        kinds = Set.copyOf(kinds);
    }

    int cell() {
        return slot / (CELLS_IN_TURN * DIGITS) * CELLS_IN_TURN + slot % CELLS_IN_TURN;
    }

    int digit() {
        return slot % (CELLS_IN_TURN * DIGITS) / CELLS_IN_TURN;
    }

    /** What it adds to its cell. */
    long unit() {
        return 1L << (2 * digit());
    }

    /** Its gauge's timestamp: no two of a cell are equal, and the last to arrive is rarely the greatest. */
    long gaugeMillis() {
        return FIRST_GAUGE_MILLIS + (digit() * 7 + 3) % DIGITS;
    }

    /** Index of the bucket that a pre-aggregated histogram counts it in. */
    int countedBucket() {
        return digit() % 3;
    }

    /** Number of samples that are accepted if the request is. */
    int samples() {
        return flaw == Flaw.ALL_BAD ? 0 : 1 + kinds.size();
    }

    /** The beginning of the 202 that it must get. */
    public String answer() {
        return "{\"accepted\":" + samples() + ",\"rejected\":" + (flaw == Flaw.BAD_SAMPLE ? 1 : 0);
    }

    /** The JSON to send. */
    public String body() {
        List<String> samples = new ArrayList<>();
        if (flaw != Flaw.ALL_BAD) {
            samples.add(sample(Kind.COUNTER));
            kinds.stream().map(this::sample).forEach(samples::add);
        }
        if (flaw != Flaw.NONE) {
            samples.add("""
                    {"name":"orders_total","type":"counter","value":-%d,"labels":{"cell":"%d"}}""".formatted(unit(), cell()));
        }
        return "[" + String.join(",", samples) + "]";
    }

    /** Another body, which must not be counted under the same key. */
    public String otherBody() {
        return "[" + sample(Kind.COUNTER) + "," + sample(Kind.COUNTER) + "]";
    }

    private String sample(Kind kind) {
        String rest = switch (kind) {
            case COUNTER -> """
                            "name":"orders_total","type":"counter","value":%d""".formatted(unit());
            case SCRATCH -> """
                            "name":"scratch_total","type":"counter","value":%d""".formatted(unit());
            case GAUGE -> """
                            "name":"depth","type":"gauge","value":%d,"timestamp":%d""".formatted(number, gaugeMillis());
            case RAW_HISTOGRAM -> """
                            "name":"latency_seconds","type":"histogram","value":%d,"buckets":[4,1024,65536]""".formatted(unit());
            case COUNTED_HISTOGRAM ->
                """
                            "name":"sizes_bytes","type":"histogram","buckets":[1,10],"counts":[%d,%d,%d],"sum":%s""".formatted(
                                countedBucket() == 0 ? unit() : 0,
                                countedBucket() == 1 ? unit() : 0,
                                countedBucket() == 2 ? unit() : 0,
                                unit() * 0.5);
            case SUMMARY -> """
                            "name":"payload_bytes","type":"summary","value":%d,"quantiles":[0.5]""".formatted(unit());
        };
        return "{" + rest + ",\"labels\":{\"cell\":\"" + cell() + "\"}}";
    }

    @Override
    public String toString() {
        return "push-" + number + key.map(text -> " key=" + text).orElse(" no key") + " " + tenant + " cell=" + cell()
                + " digit=" + digit();
    }
}
