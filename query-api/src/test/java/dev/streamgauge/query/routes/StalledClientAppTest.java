package dev.streamgauge.query.routes;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.query.Registries;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.RedisTestResource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(RedisTestResource.class)
@TestProfile(ShortTimeouts.class)
class StalledClientAppTest {

    @Inject
    RedisTopology topology;

    @Inject
    MeterRegistry meters;

    @TestHTTPResource("/")
    URI root;

    @BeforeEach
    void fill() {
        Registries registries = new Registries(topology);
        registries.clear();
        registries.push("big", SlowClientAppTest.bigFamily());
    }

    @Test
    void clientThatReadsNothing_isReset() throws Exception {
        try (SlowClient stalled = new SlowClient(root, SlowClientAppTest.SCRAPE_BIG)) {
            stalled.readHead();
            Timer failed = meters.get("streamgauge.scrape.duration")
                    .tag("outcome", "failed")
                    .timer();

            await().atMost(Duration.ofSeconds(20)).until(() -> failed.count() > 0);

            assertThatThrownBy(stalled::readToEnd)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
        }
    }
}
