package dev.streamgauge.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.ParsedExposition;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Scrapes tenants, and compares what they show with what was sent. */
public final class Scrapes {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Duration FOLD_DEADLINE = Duration.ofSeconds(60);

    private Scrapes() {}

    /** Everything a tenant shows, by series text. */
    public static Map<String, Double> values(URI query, String tenant) throws IOException, InterruptedException {
        return ParsedExposition.parse(get(query.resolve("/tenants/" + tenant + "/metrics")))
                .values();
    }

    /** Waits until the aggregators have folded everything, then compares every series of every tenant. */
    static void assertTotals(URI query, URI status, MixedLoad load, int tenants) {
        awaitFolded(status);
        for (int tenant = 0; tenant < tenants; tenant++) {
            String name = load.tenant(tenant);
            await().atMost(FOLD_DEADLINE).untilAsserted(() -> {
                Map<String, Double> shown = new TreeMap<>(values(query, name));
                assertThat(shown).isEqualTo(load.expected().tenant(name));
            });
        }
    }

    /** Waits until the store has no entry that is not folded, and checks the equation of its counters. */
    static void awaitFolded(URI address) {
        await().atMost(FOLD_DEADLINE).untilAsserted(() -> {
            Map<String, Double> own = ownMetrics(address);
            assertThat(own.get("streamgauge_backlog_entries")).isZero();
            assertThat(own.get("streamgauge_pending_samples")).isZero();
            assertThat(own.get("streamgauge_accepted_samples_total"))
                    .isEqualTo(own.get("streamgauge_folded_samples_total")
                            + own.get("streamgauge_dead_lettered_samples_total"));
        });
    }

    /** The process' own metrics without labels. */
    public static Map<String, Double> ownMetrics(URI address) throws IOException, InterruptedException {
        Map<String, Double> values = new TreeMap<>();
        get(address.resolve("/q/metrics"))
                .lines()
                .filter(Predicate.not(line -> line.startsWith("#")))
                .map(line -> line.split(" ", 2))
                .filter(line -> line.length == 2 && line[0].startsWith("streamgauge_"))
                .forEach(line -> values.put(line[0], Double.parseDouble(line[1])));
        return values;
    }

    public static String get(URI address) throws IOException, InterruptedException {
        HttpResponse<String> response = CLIENT.send(
                HttpRequest.newBuilder(address)
                        .header("Accept", "text/plain")
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }
}
