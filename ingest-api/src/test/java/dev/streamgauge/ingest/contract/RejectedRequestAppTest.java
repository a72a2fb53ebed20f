package dev.streamgauge.ingest.contract;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import dev.streamgauge.ingest.Answer;
import dev.streamgauge.ingest.Sender;
import dev.streamgauge.ingest.Store;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are rejected because of their method or headers, whatever their body is. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class RejectedRequestAppTest {

    private static final String BODY = Sender.counter("orders_total", 1);

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "PATCH"})
    void push_is405AndNamesPost_whenTheMethodIsAnother(String method) {
        given().request(method, "/api/v1/metrics")
                .then()
                .statusCode(405)
                .header("Allow", containsString("POST"))
                .contentType(startsWith("application/problem+json"))
                .body("reason", equalTo("method-not-allowed"))
                .body("status", equalTo(405));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/xml",
                "application/x-protobuf",
                "application/x-www-form-urlencoded",
                "application/jsonx",
                "application/json-patch+json",
                "application/ndjson",
                "json",
                "*/*",
                "application/json; charset=iso-8859-1",
                "application/x-ndjson; charset=utf-16"
            })
    void push_is415_whenTheContentTypeIsNotOurs(String contentType) {
        Sender sender = new Sender("content-type");

        Answer answer = sender.push(BODY, "Content-Type: " + contentType);

        assertThat(answer.outline()).isEqualTo("415 unsupported-media-type\n");
        assertThat(Store.of("content-type").samples()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "deflate", "zstd", "gzip, gzip", "gzip, br", "x-gzip, gzip", "nonsense"})
    void push_is415_whenTheContentEncodingIsNotOurs(String encoding) {
        Sender sender = new Sender("content-encoding");

        Answer answer = sender.push(BODY, "Content-Encoding: " + encoding);

        assertThat(answer.outline()).isEqualTo("415 unsupported-media-type\n");
        assertThat(Store.of("content-encoding").samples()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "GZip", "x-gzip", "X-GZIP"})
    void push_isAccepted_whenTheContentEncodingIsGzip(String encoding) {
        Sender sender = new Sender("gzip");

        Answer answer =
                sender.push(Sender.gzip(BODY.getBytes(StandardCharsets.UTF_8)), "Content-Encoding: " + encoding);

        assertThat(answer.outline()).isEqualTo("202 accepted 1\n");
    }

    @ParameterizedTest
    @CsvSource({"identity", "Identity", "''"})
    void push_isAccepted_whenTheContentEncodingIsNone(String encoding) {
        Sender sender = new Sender("no-encoding");

        Answer answer = sender.push(BODY, "Content-Encoding: " + encoding);

        assertThat(answer.outline()).isEqualTo("202 accepted 1\n");
    }

    @Test
    void push_is400_whenTheBodyIsNotTheGzipThatItIsSaidToBe() {
        Sender sender = new Sender("no-gzip");
        byte[] compressed = Sender.gzip(BODY.getBytes(StandardCharsets.UTF_8));
        byte[] cutShort = Arrays.copyOf(compressed, compressed.length - 9);
        byte[] wrongChecksum = compressed.clone();
        wrongChecksum[compressed.length - 6] ^= 1;

        assertThat(sender.push(BODY, "Content-Encoding: gzip").outline()).isEqualTo("400 content-encoding-invalid\n");
        assertThat(sender.push("", "Content-Encoding: gzip").outline()).isEqualTo("400 content-encoding-invalid\n");
        assertThat(sender.push(cutShort, "Content-Encoding: gzip").outline())
                .isEqualTo("400 content-encoding-invalid\n");
        assertThat(sender.push(wrongChecksum, "Content-Encoding: gzip").outline())
                .isEqualTo("400 content-encoding-invalid\n");
        assertThat(Store.of("no-gzip").samples()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "..", "a/b", "a b", "a:b", "{0}", "a|b", "a\\b", "%41", "a,b"})
    void push_is400_whenTheTenantIdIsInvalid(String tenant) {
        Answer answer = new Sender(tenant).push(BODY);

        assertThat(answer.outline()).isEqualTo("400 tenant-invalid\n");
    }

    @Test
    void push_takesATenantIdOf150Characters_andNoneOf151() {
        String longest = "!-_.*'()".repeat(18) + "aZ09..";

        assertThat(new Sender(longest).push(BODY).outline()).isEqualTo("202 accepted 1\n");
        assertThat(new Sender(longest + "x").push(BODY).outline()).isEqualTo("400 tenant-invalid\n");
        assertThat(Store.of(longest).samples()).isEqualTo("counter orders_total{} + 1.0\n");
    }

    /** This process remembers a family that no longer exists. */
    @Test
    void push_isAccepted_whenItsFamilyWasDeletedAndComesBackWithAnotherType() {
        Sender sender = new Sender("reborn");
        String gauge = "{\"name\":\"orders_total\",\"type\":\"gauge\",\"value\":7}";
        sender.push(BODY);
        assertThat(sender.push(gauge).outline()).startsWith("400 ");
        String totals = Store.of("reborn").totalsKey();
        String prefix = totals.substring(0, totals.length() - "totals".length());
        Store.command("DEL", prefix + "families", prefix + "f:orders_total");
        Store.command("HINCRBY", totals, "epoch", "1");

        assertThat(sender.push(gauge).outline()).isEqualTo("202 accepted 1\n");
        assertThat(sender.push(BODY).outline()).startsWith("400 ");
    }

    @Test
    void push_isAnonymous_whenNoTenantIsNamed() {
        given().contentType("application/json")
                .body(Sender.counter("from_anonymous", 1))
                .post("/api/v1/metrics")
                .then()
                .statusCode(202);
        assertThat(Store.of("anonymous").samples()).isEqualTo("counter from_anonymous{} + 1.0\n");

        // A proxy that failed to fill the header must not mix tenants.
        Answer withEmptyHeader = new Sender("").push(Sender.counter("from_anonymous", 2));

        assertThat(withEmptyHeader.outline()).isEqualTo("400 tenant-invalid\n");
        assertThat(Store.of("anonymous").samples()).isEqualTo("counter from_anonymous{} + 1.0\n");
    }

    @Test
    void push_isAnsweredInJson_whateverTheSenderAccepts() {
        Sender sender = new Sender("accept");

        Answer stored = sender.push(BODY, "Accept: text/html");
        Answer rejected = sender.push("[", "Accept: application/xml");

        assertThat(stored.outline()).isEqualTo("202 accepted 1\n");
        assertThat(rejected.outline()).isEqualTo("400 invalid-json\n");
    }

    @Test
    void push_isFoundUnderItsPathOnly() {
        given().body(BODY).post("/api/v1/metric").then().statusCode(404);
        given().body(BODY).post("/api/v1/metrics/x").then().statusCode(404);
        given().body(BODY)
                .post("/api/v1/metrics/")
                .then()
                .statusCode(404)
                .body("detail", equalTo("path: '/api/v1/metrics/' is unknown; leave out the slash at its end"));
    }

    @Test
    void push_isRejectedWithTheLimit_whenItsRequestLineOrItsHeadersAreTooLong() {
        given().body(BODY)
                .post("/api/v1/metrics?" + "a".repeat(5_000))
                .then()
                .statusCode(414)
                .body("detail", equalTo("the request line has more than 4096 bytes; send a shorter URL"));
        given().header("Cookie", "a".repeat(20_000))
                .body(BODY)
                .post("/api/v1/metrics")
                .then()
                .statusCode(431)
                .body("detail", equalTo("the headers have more than 16384 bytes; send fewer or shorter ones"));
    }
}
