package dev.streamgauge.ingest;

/** The process' own metrics, as its operator scrapes them. */
final class OwnMetrics {

    private OwnMetrics() {}

    /** The value of the series with that text ({@code name{label="value"}}); an absent one fails the test. */
    static double read(String series) {
        String text = Sender.get("/q/metrics").text();
        return text.lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no series " + series + " in\n" + text));
    }

    /** Samples refused for that reason since the process started. */
    static double rejectedSamples(String reason) {
        return read("streamgauge_rejected_samples_total{reason=\"" + reason + "\"}");
    }

    /** Requests refused for that reason since the process started. */
    static double rejectedRequests(String reason) {
        return read("streamgauge_rejected_requests_total{reason=\"" + reason + "\"}");
    }
}
