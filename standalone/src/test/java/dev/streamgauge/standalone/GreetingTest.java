package dev.streamgauge.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.Greeting.Access;
import dev.streamgauge.standalone.Greeting.Scheme;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GreetingTest {

    @Test
    void text_hasCommandsWithoutKeys_inModeOpen() {
        assertThat(new Greeting(Scheme.HTTP, "127.0.0.1", 8080, Access.OPEN, "/data").text())
                .isEqualTo("""

                        Streamgauge is up.
                          address  http://localhost:8080
                          data     /data
                          push     curl -i http://localhost:8080/api/v1/metrics -d '{"name":"orders_total","type":"counter","value":1,"labels":{"region":"eu"}}' -H 'Content-Type: application/json'
                          scrape   curl http://localhost:8080/metrics
                        """);
    }

    @Test
    void text_hasCommandsWithKeys_inModeApiKey() {
        assertThat(new Greeting(Scheme.HTTP, "0.0.0.0", 8080, Access.API_KEY, "/data").text())
                .isEqualTo("""

                        Streamgauge is up.
                          address  http://localhost:8080
                          data     /data
                          keys     STREAMGAUGE_KEY has the scope ingest, and QUERY_KEY the scope query
                          push     curl -i http://localhost:8080/api/v1/metrics -H "Authorization: Bearer $STREAMGAUGE_KEY" -d '{"name":"orders_total","type":"counter","value":1,"labels":{"region":"eu"}}' -H 'Content-Type: application/json'
                          scrape   curl http://localhost:8080/metrics -H "Authorization: Bearer $QUERY_KEY"
                        """);
    }

    @Test
    void text_hasCommandsThatAcceptAnyCertificate_withHttps() {
        assertThat(new Greeting(Scheme.HTTPS, "0.0.0.0", 8443, Access.OPEN, "/data").text())
                .contains(
                        "  address  https://localhost:8443\n",
                        "  push     curl -i -k https://localhost:8443/api/v1/metrics -d ",
                        "  scrape   curl -k https://localhost:8443/metrics\n");
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, localhost",
        "::, localhost",
        "::1, localhost",
        "192.0.2.1, 192.0.2.1",
        "2001:db8::1, [2001:db8::1]",
        "metrics.example, metrics.example"
    })
    void text_namesAHostThatCanBeReached(String listensOn, String named) {
        assertThat(new Greeting(Scheme.HTTP, listensOn, 8080, Access.OPEN, "/data").text())
                .contains("  scrape   curl http://" + named + ":8080/metrics\n");
    }
}
