package dev.streamgauge.standalone.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.system.KeyedCaller;
import dev.streamgauge.standalone.system.Scrapes;
import dev.streamgauge.testkit.ParsedExposition;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;

/** A tenant with one good sample, and else rejected ones: its usage counts each, whichever process rejected it. */
final class RejectedTenant {

    static final String TENANT = "vandelay";
    private static final String NEGATIVE = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":-1}";

    private static final String GOOD = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";

    /** Ingest adds its counts once a second. */
    private static final Duration SOON = Duration.ofSeconds(30);

    private final KeyedCaller caller;
    private int rejected;
    private boolean ownsSomething;

    RejectedTenant(KeyedCaller caller) {
        this.caller = caller;
    }

    /** Number of accepted samples. */
    long accepted() {
        return ownsSomething ? 1 : 0;
    }

    /** Pushes samples that are all rejected. */
    void push(URI ingest, int samples) throws IOException, InterruptedException {
        if (!ownsSomething) { // of a tenant that owns nothing, nothing is counted in mode open
            assertThat(caller.push(ingest, GOOD, KeyedCaller.tenant(TENANT)).statusCode())
                    .isEqualTo(202);
            ownsSomething = true;
        }
        String body = String.join(",", Collections.nCopies(samples, NEGATIVE));
        HttpResponse<String> answer = caller.push(ingest, "[" + body + "]", KeyedCaller.tenant(TENANT));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        rejected += samples;
    }

    /** Checks what a query process says of the tenant's usage, by metrics whose names all releases share. */
    void assertUsage(URI query) {
        await().atMost(SOON).ignoreExceptionsInstanceOf(IOException.class).untilAsserted(() -> {
            Map<String, Double> usage = ParsedExposition.parse(
                            Scrapes.get(query.resolve("/tenants/" + TENANT + "/usage/metrics")))
                    .values();
            assertThat(usage)
                    .containsEntry("streamgauge_tenant_accepted_samples_total", 1.0)
                    .containsEntry("streamgauge_tenant_discarded_samples_total{reason=\"counter-negative\"}", (double)
                            rejected);
        });
    }
}
