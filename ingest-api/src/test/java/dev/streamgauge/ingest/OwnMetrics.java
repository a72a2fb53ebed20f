package dev.streamgauge.ingest;

import java.util.OptionalDouble;

/** The process' own metrics, as its operator scrapes them. */
public final class OwnMetrics {

    private OwnMetrics() {}

    /** The value of the series with that text ({@code name{label="value"}}); an absent one fails the test. */
    public static double read(String series) {
        return find(series).orElseThrow(() -> new AssertionError("no series " + series));
    }

    private static OptionalDouble find(String series) {
        return Sender.get("/q/metrics")
                .text()
                .lines()
                .map(line -> line.replace(",}", "}"))
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst();
    }

    /** Samples of a tenant rejected for that reason since the process started. */
    public static double discardedSamples(String tenant, String reason) {
        return find("streamgauge_discarded_samples_total{reason=\"" + reason + "\",tenant=\"" + tenant + "\"}")
                .orElse(0); // it begins to exist with the first
    }

    /** Pushes answered with a status of that class since the process started. */
    public static double answeredPushes(String outcome) {
        return read("streamgauge_push_duration_seconds_count{outcome=\"" + outcome + "\"}");
    }

    /** Requests rejected for that reason since the process started. */
    public static double rejectedRequests(String reason) {
        return read("streamgauge_rejected_requests_total{reason=\"" + reason + "\"}");
    }
}
