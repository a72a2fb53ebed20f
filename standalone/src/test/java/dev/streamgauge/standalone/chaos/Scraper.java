package dev.streamgauge.standalone.chaos;

import dev.streamgauge.testkit.ParsedExposition;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Scrapes one tenant after the other while everything fails, as Prometheus would: what it gets is whole and
 * well-formed, no series disappears, and nothing that grows ever shrinks. Used by one thread at a time.
 */
public final class Scraper {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client;
    private final Supplier<URI> query;
    private final List<String> tenants;
    private final EventLog eventLog;
    private final Map<String, Map<String, Double>> last = new HashMap<>();
    private int turn;

    /**
     * Scrapes nothing yet.
     *
     * @param query the current address of the query process
     */
    public Scraper(HttpClient client, Supplier<URI> query, List<String> tenants, EventLog eventLog) {
        this.client = client;
        this.query = query;
        this.tenants = List.copyOf(tenants);
        this.eventLog = eventLog;
    }

    /** Scrapes the next tenant. A failed scrape does not fail the test, but a complete one must be right. */
    void scrapeNext() throws InterruptedException {
        String tenant = tenants.get(turn++ % tenants.size());
        HttpRequest request = HttpRequest.newBuilder(query.get().resolve("/tenants/" + tenant + "/metrics"))
                .timeout(TIMEOUT)
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            eventLog.count("scrape " + response.statusCode());
            if (response.statusCode() == 200) {
                check(tenant, response.body());
            } else if (response.statusCode() != 503) {
                eventLog.violation("scrape of " + tenant + " was answered " + response.statusCode());
            }
        } catch (IOException e) {
            eventLog.count("scrape none, " + e.getClass().getSimpleName());
        }
    }

    /** Checks a scrape against the one before it. */
    private void check(String tenant, String exposition) {
        Map<String, Double> now;
        try {
            now = ParsedExposition.parse(exposition).values();
        } catch (IllegalArgumentException e) {
            eventLog.violation("scrape of " + tenant + ": " + e.getMessage());
            return;
        }
        last.getOrDefault(tenant, Map.of()).forEach((series, before) -> {
            Double value = now.get(series);
            if (series.startsWith("scratch_total")) {
                return; // it is deleted now and then
            }
            if (value == null) {
                eventLog.violation("scrape of " + tenant + ": " + series + " has disappeared");
            } else if (grows(series) && value < before) {
                eventLog.violation("scrape of " + tenant + ": " + series + " fell from " + before + " to " + value);
            }
        });
        last.put(tenant, now);
    }

    private static boolean grows(String series) {
        return !series.startsWith("depth") && !series.contains("quantile=");
    }
}
