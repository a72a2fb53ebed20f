package dev.streamgauge.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RedisTestResourceTest {
    @Test
    void start_givesTheSameServerEmptied_whenAnotherTestClassUsedIt() {
        RedisTestResource first = new RedisTestResource();
        Map<String, String> firstConfiguration = first.start();
        URI address = URI.create(firstConfiguration.get("quarkus.redis.hosts"));
        try (RedisClient redis = RedisClient.open(address.getPort(), Duration.ofSeconds(5))) {
            redis.command("SET", "left", "over");
            first.stop();

            Map<String, String> secondConfiguration = new RedisTestResource().start();

            assertThat(secondConfiguration).isEqualTo(firstConfiguration);
            assertThat(redis.command("DBSIZE")).isEqualTo(0L);
        }
    }
}
