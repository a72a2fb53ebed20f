package dev.streamgauge.ingest.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.ingest.Answer;
import dev.streamgauge.ingest.RawConnection;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Senders that take longer for their body than they may: a second, as {@link TightLimits} says. */
@QuarkusTest
@TestProfile(TightLimits.class)
@WithTestResource(RedisTestResource.class)
class SlowBodyAppTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    @Test
    void push_is408AndTheConnectionEnds_whenTheBodyDoesNotCome() {
        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.head("slow", "Content-Length: 100")).send("{\"name\": ");

            Answer answer = connection.readAnswer();

            assertThat(answer.outline()).isEqualTo("408 request-timeout\n");
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void push_is408_whenTheBodyComesByteByByte() {
        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.head("trickling", "Content-Length: 100000"));

            await().pollInterval(Duration.ofMillis(50))
                    .atMost(DEADLINE)
                    .until(() -> connection.hasAnswer() || connection.send(" ").hasAnswer());

            assertThat(connection.readAnswer().outline()).isEqualTo("408 request-timeout\n");
        }
    }
}
