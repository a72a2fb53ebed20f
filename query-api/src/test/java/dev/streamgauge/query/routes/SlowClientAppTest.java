package dev.streamgauge.query.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.query.Pushed;
import dev.streamgauge.query.Registries;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.ParsedExposition;
import dev.streamgauge.testkit.RawAnswer;
import dev.streamgauge.testkit.RedisTestResource;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

@QuarkusTest
@WithTestResource(RedisTestResource.class)
@TestProfile(SlowClientAppTest.TightLimits.class)
@TestInstance(Lifecycle.PER_CLASS)
class SlowClientAppTest {

    static final String SCRAPE_BIG = "GET /tenants/big/metrics HTTP/1.1";

    private static final int SERIES = 6_000;

    /** Few bytes are held, so that a client that reads nothing pauses the scrape in the middle. */
    public static class TightLimits implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "streamgauge.query.max-held-bytes", "65536",
                    "streamgauge.query.stall-timeout", "1m",
                    "streamgauge.query.max-concurrent-scrapes", "3",
                    "streamgauge.query.max-concurrent-scrapes-per-tenant", "2");
        }
    }

    @Inject
    RedisTopology topology;

    @Inject
    MeterRegistry meters;

    @TestHTTPResource("/")
    URI root;

    @BeforeAll
    void fill() {
        Registries registries = new Registries(topology);
        registries.clear();
        registries.push("big", bigFamily());
        registries.push("big", Pushed.counter("narrow", "", 1));
        registries.push("another", bigFamily());
        registries.push("small", Pushed.counter("hits_total", "", 1));
    }

    /** About 12 MB of text: more than all buffers between server and client. */
    static List<Sample> bigFamily() {
        String padding = "x".repeat(2_000);
        return IntStream.range(0, SERIES)
                .mapToObj(i -> Pushed.gauge("wide", "number=\"" + i + "\",padding=\"" + padding + '"', i))
                .toList();
    }

    @Test
    void slowClient_getsTheWholeBody_andDoesNotBlockOthers() throws Exception {
        try (SlowClient slow = new SlowClient(root, SCRAPE_BIG)) {
            slow.readHead();

            String fastBody;
            try (SlowClient fast = new SlowClient(root, SCRAPE_BIG)) {
                fast.readHead();
                fastBody = fast.readChunkedBody();
            }
            String slowBody = slow.readChunkedBody();

            assertThat(ParsedExposition.parse(fastBody).values()).hasSize(SERIES + 1);
            assertThat(ParsedExposition.parse(slowBody).values()).hasSize(SERIES + 1);
        }
    }

    @Test
    void slowClient_isReset_whenItSharesAScrapeWithAFastOne() throws Exception {
        try (SlowClient before = new SlowClient(root, SCRAPE_BIG)) {
            before.readHead(); // a scrape is running, so the next two are coalesced
            try (SlowClient slow = new SlowClient(root);
                    SlowClient fast = new SlowClient(root)) {
                slow.send(SCRAPE_BIG);
                fast.send(SCRAPE_BIG);

                fast.readHead();
                String fastBody = fast.readChunkedBody();

                assertThat(ParsedExposition.parse(fastBody).values()).hasSize(SERIES + 1);
                assertThatThrownBy(slow::readToEnd)
                        .isInstanceOf(SocketException.class)
                        .hasMessage("Connection reset");
            }
        }
    }

    @Test
    void scrapesOverTheLimit_are503WithRetryAfter_untilOneEnds() throws Exception {
        try (SlowClient first = new SlowClient(root, "GET /tenants/big/metrics?name[]=wide HTTP/1.1");
                SlowClient second = new SlowClient(root, SCRAPE_BIG)) {
            first.readHead();
            second.readHead();

            RawAnswer over = RawAnswer.to(root, "GET /tenants/big/metrics?name[]=narrow HTTP/1.1");
            RawAnswer ofAnother = RawAnswer.to(root, "GET /tenants/small/metrics HTTP/1.1");

            assertThat(over.status()).isEqualTo(503);
            assertThat(over.headers()).contains("retry-after: 1", "content-type: application/problem+json");
            assertThat(over.body())
                    .contains("\"reason\":\"too-many-scrapes\"")
                    .contains("at most 2 of a tenant and 3 in all");
            assertThat(ofAnother.status()).isEqualTo(200);
        }
        await().atMost(Duration.ofSeconds(20)).until(this::hasRoom);
    }

    @Test
    void slowClient_isReset_whenAnotherTenantNeedsItsPlace() throws Exception {
        try (SlowClient first = new SlowClient(root, "GET /tenants/big/metrics?name[]=wide HTTP/1.1");
                SlowClient second = new SlowClient(root, SCRAPE_BIG);
                SlowClient third = new SlowClient(root, "GET /tenants/another/metrics HTTP/1.1")) {
            first.readHead();
            second.readHead();
            third.readHead();

            // Each of them reads Redis until its text waits for its client.
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(RawAnswer.to(root, "GET /tenants/small/metrics HTTP/1.1")
                                    .status())
                            .isEqualTo(200));

            assertThat(Stream.of(first, second).filter(SlowClientAppTest::isReset))
                    .hasSize(1);
            assertThat(ParsedExposition.parse(third.readChunkedBody()).values()).hasSize(SERIES);
        }
    }

    private static boolean isReset(SlowClient client) {
        try {
            client.readChunkedBody();
            return false;
        } catch (SocketException reset) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void scrapesOfUnknownFamilies_areAnswered_whateverTheTenantScrapes() throws Exception {
        try (SlowClient first = new SlowClient(root, "GET /tenants/big/metrics?name[]=wide HTTP/1.1");
                SlowClient second = new SlowClient(root, SCRAPE_BIG)) {
            first.readHead();
            second.readHead();

            for (int i = 0; i < 20; i++) {
                RawAnswer unknown = RawAnswer.to(root, "GET /tenants/big/metrics?name[]=unknown_" + i + " HTTP/1.1");
                assertThat(unknown.status()).isEqualTo(200);
                assertThat(unknown.body()).isEmpty();
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(this::hasRoom);
    }

    @Test
    void clientThatDisconnects_freesItsPlace() throws Exception {
        for (int i = 0; i < 10; i++) {
            long failedBefore = failedScrapes();
            try (SlowClient leaving = new SlowClient(root, SCRAPE_BIG)) {
                leaving.readHead();
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> failedScrapes() > failedBefore);
        }

        // More scrapes than the limit: each must have freed its place.
        await().atMost(Duration.ofSeconds(20)).until(this::hasRoom);
    }

    private boolean hasRoom() throws IOException {
        return RawAnswer.to(root, "GET /tenants/big/metrics?name[]=narrow HTTP/1.1")
                        .status()
                == 200;
    }

    private long failedScrapes() {
        return meters.get("streamgauge.scrape.duration")
                .tag("outcome", "failed")
                .timer()
                .count();
    }
}
