package dev.streamgauge.server.problems;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProblemTest {

    private static final Problem NOT_FOUND =
            Problem.of(404, RequestError.NOT_FOUND, "tenant: there is none of that name");

    private static List<SampleRejection> rejections(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new SampleRejection(i, Reason.LABEL_INVALID, "labels: no name (sample " + i + ")"))
                .toList();
    }

    @Test
    void json_hasTheFieldsOfRfc9457_andTheReason() throws Exception {
        String json = new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(NOT_FOUND);

        assertThat(json).isEqualTo("""
                {
                  "type" : "urn:streamgauge:reason:not-found",
                  "title" : "Not Found",
                  "status" : 404,
                  "reason" : "not-found",
                  "detail" : "tenant: there is none of that name"
                }""");
    }

    @Test
    void json_listsTheRejectedSamples_whenThereAreAny() throws Exception {
        Problem problem = Problem.of(400, Reason.LABEL_INVALID, "nothing was stored", rejections(2));

        String json = new ObjectMapper().writeValueAsString(problem.errors());

        assertThat(json)
                .isEqualTo("[{\"index\":0,\"reason\":\"label-invalid\",\"message\":\"labels: no name (sample 0)\"},"
                        + "{\"index\":1,\"reason\":\"label-invalid\",\"message\":\"labels: no name (sample 1)\"}]");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "99, 99", "100, 100", "101, 100"})
    void errors_areTheFirstHundred(int rejected, int listed) {
        Problem problem = Problem.of(400, Reason.LABEL_INVALID, "nothing was stored", rejections(rejected));

        assertThat(problem.errors())
                .extracting(Problem.ErrorEntry::index)
                .containsExactlyElementsOf(IntStream.range(0, listed).boxed().toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 409, 503})
    void response_hasTheStatusAndTheProblem(int status) {
        Problem problem = Problem.of(status, RequestError.NOT_FOUND, "why");

        Response response = problem.response();

        assertThat(response.getStatus()).isEqualTo(status);
        assertThat(response.getMediaType()).hasToString("application/problem+json");
        assertThat(response.getEntity()).isSameAs(problem);
        assertThat(response.getHeaders()).containsOnlyKeys(HttpHeaders.CONTENT_TYPE);
    }

    /** Rounded up: a client that comes back earlier is rejected again. */
    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1000, 1", "1001, 2", "2000, 2", "59001, 60"})
    void response_saysWhenToTryAgain(long millis, String seconds) {
        Response response = NOT_FOUND.response(Duration.ofMillis(millis));

        assertThat(response.getStatus()).isEqualTo(404);
        assertThat(response.getEntity()).isSameAs(NOT_FOUND);
        assertThat(response.getMediaType()).hasToString("application/problem+json");
        assertThat(response.getHeaderString(HttpHeaders.RETRY_AFTER)).isEqualTo(seconds);
    }
}
