package dev.streamgauge.benchmarks.isolation;

import java.util.Locale;
import java.util.function.Supplier;

/** What the noisy tenant does; each spends another resource, far beyond its share. */
enum NoisyLoad {
    /** Ten times the rate of samples that its limit allows. */
    RATE("500 pushes/s of 20 counters", 500, 2, Target.INGEST),
    /** Bodies of 1 MB, 20 MB a second. */
    BYTES("20 pushes/s of 1 MB, 450 counters with labels of 2 kB", 20, 3, Target.INGEST),
    /** Ten times its rate, in values. */
    VALUES("10 pushes/s of 5 histograms with 200 values each", 10, 3, Target.INGEST),
    /** New series, ten times its rate. */
    LOOKUPS("20 pushes/s of 500 new series", 20, 3, Target.INGEST),
    /** All the scrapes of 50,000 series that it can have at once. */
    SCRAPES("scrapes of 50,000 series without a pause, 17 at once", 1_000, 3, Target.QUERY);

    /** The process that the load goes to. */
    enum Target {
        INGEST,
        QUERY
    }

    /** The tenant. */
    static final String TENANT = "noisy";

    /** New series of a push. */
    static final int SERIES_OF_A_PUSH = 500;

    private final String description;
    private final double requestsASecond;
    private final double mostTimes;
    private final Target target;

    NoisyLoad(String description, double requestsASecond, double mostTimes, Target target) {
        this.description = description;
        this.requestsASecond = requestsASecond;
        this.mostTimes = mostTimes;
        this.target = target;
    }

    /** The name in options and output. */
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    String description() {
        return description;
    }

    /** Requests that are due each second; those for which no connection is free until the end of a round are left out. */
    double requestsASecond() {
        return requestsASecond;
    }

    /** How many times the p99 of quiet tenants may be what it is without this load. */
    double mostTimes() {
        return mostTimes;
    }

    Target target() {
        return target;
    }

    int connections() {
        return this == SCRAPES ? 17 : 8;
    }

    /** Series that the tenant stores beforehand. */
    int storedSeries() {
        return this == SCRAPES ? 50_000 : 0;
    }

    /**
     * Samples a second that every tenant may push. The tenant that only scrapes has to store its series first, as fast as
     * it can.
     */
    int rateLimit() {
        return this == SCRAPES ? 1_000_000 : 1_000;
    }

    /** The requests. */
    Supplier<byte[]> requests() {
        return switch (this) {
            case RATE -> Requests.counters(TENANT, 20);
            case BYTES -> Requests.longLabels(TENANT, 450, 2_000);
            case VALUES -> Requests.values(TENANT, 5, 200);
            case LOOKUPS -> Requests.newSeries(TENANT, SERIES_OF_A_PUSH);
            case SCRAPES -> Requests.scrapes(TENANT);
        };
    }
}
