package dev.streamgauge.server.problems;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RequestErrorTest {

    /** New ones may join; these never change. */
    @Test
    void id_isOneOfTheContract_forEachOfItsReasons() {
        String contract = """
                not-found redis-unavailable request-too-large unauthorized unsupported-media-type forbidden
                tenant-invalid
                """;

        Stream<String> ids = Stream.of(RequestError.values()).map(RequestError::id);

        assertThat(ids).doesNotHaveDuplicates().contains(contract.strip().split("\\s+"));
    }
}
