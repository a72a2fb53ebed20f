package dev.streamgauge.ingest.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.server.problems.RequestError;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PushErrorTest {

    /** New ones may join; these never change. */
    @Test
    void id_isOneOfTheContract_forEachOfItsReasons() {
        String contract = """
                max-samples-per-request max-values-per-request idempotency-key-invalid idempotency-key-reused
                max-idempotency-bytes tenant-max-ingestion-rate tenant-max-request-rate too-many-tenants backlog-full
                redis-full ingest-overloaded
                """;

        Stream<String> ids = Stream.of(PushError.values()).map(PushError::id);

        assertThat(ids).contains(contract.strip().split("\\s+"));
    }

    /** Otherwise the samples of one could be counted over those of the other. */
    @Test
    void ids_areDifferent_ofAllReasonsThatAPushCanBeRejectedFor() {
        Stream<ErrorId> all = Stream.<ErrorId[]>of(Reason.values(), PushError.values(), RequestError.values())
                .flatMap(Arrays::stream);

        assertThat(all.map(ErrorId::id)).doesNotHaveDuplicates();
    }
}
