package dev.streamgauge.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What a sender got back. */
public record Answer(int status, HttpHeaders headers, byte[] body) {

    private static final ObjectMapper JSON = new ObjectMapper();

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    public Optional<String> header(String name) {
        return headers.firstValue(name);
    }

    /** Seconds of {@code Retry-After}; an answer without one fails the test. */
    public int retryAfterSeconds() {
        return Integer.parseInt(header("Retry-After").orElseThrow(() -> new AssertionError("no Retry-After")));
    }

    /**
     * The answer without its wording: {@code 202 accepted 2 rejected 1} or {@code 400 invalid-json}, then a line for
     * each rejected sample, {@code 3 label-invalid}. Everything else that the contract says of an answer's form is
     * checked on the way.
     */
    public String outline() {
        JsonNode json = json();
        StringBuilder outline = new StringBuilder(status == 202 ? accepted(json) : problem(json));
        for (JsonNode error : json.path("errors")) {
            int index = error.get("index").intValue();
            assertThat(error.get("message").textValue()).isNotBlank();
            outline.append(index)
                    .append(' ')
                    .append(error.get("reason").textValue())
                    .append('\n');
        }
        return outline.toString();
    }

    private String accepted(JsonNode json) {
        assertThat(header("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).matches("application/json(;charset=UTF-8)?"));
        int rejected = json.get("rejected").intValue();
        assertThat(json.has("errors")).isEqualTo(rejected > 0);
        return "202 accepted " + json.get("accepted").intValue() + (rejected > 0 ? " rejected " + rejected : "") + "\n";
    }

    private String problem(JsonNode json) {
        String reason = json.path("reason").textValue();
        assertThat(header("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).matches("application/problem\\+json(;charset=UTF-8)?"));
        assertThat(json.get("type").textValue()).isEqualTo("urn:streamgauge:reason:" + reason);
        assertThat(json.get("status").intValue()).isEqualTo(status);
        assertThat(json.get("title").textValue()).isNotBlank();
        assertThat(json.get("detail").textValue()).isNotBlank();
        assertThat(header("Retry-After").isPresent()).isEqualTo(status == 429 || status == 503);
        return status + " " + reason + "\n";
    }

    public JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            throw new UncheckedIOException("status " + status + ", not JSON: " + text(), e);
        }
    }
}
