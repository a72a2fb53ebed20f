package dev.streamgauge.ingest.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.ingest.Answer;
import dev.streamgauge.ingest.Sender;
import dev.streamgauge.ingest.Store;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the contract says of pushed bodies, case by case; the cases are in the resources of this package. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class ContractAppTest {

    private static final AtomicInteger TENANTS = new AtomicInteger();

    static Stream<ContractCase> cases() {
        return Stream.of("accepted.cases", "rejected-samples.cases", "malformed-bodies.cases", "families.cases")
                .flatMap(file -> ContractCase.load(file).stream());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void push_keepsTheContract_whenSentPlain(ContractCase contract) {
        check(contract, Encoding.PLAIN);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void push_keepsTheContract_whenSentCompressed(ContractCase contract) {
        check(contract, Encoding.GZIP);
    }

    private enum Encoding {
        PLAIN,
        GZIP
    }

    private static void check(ContractCase contract, Encoding encoding) {
        Sender sender = new Sender("contract-" + TENANTS.incrementAndGet());

        List<String> outlines = contract.exchanges().stream()
                .map(exchange -> push(sender, exchange, encoding).outline())
                .toList();

        Store store = Store.of(sender.tenant());
        assertThat(outlines)
                .isEqualTo(contract.exchanges().stream()
                        .map(ContractCase.Exchange::outline)
                        .toList());
        assertThat(store.samples()).isEqualTo(contract.stored());
        if (!contract.families().isEmpty()) {
            assertThat(store.families().lines().toList()).isEqualTo(contract.families());
        }
        if (contract.stored().isEmpty()) {
            assertThat(store.families()).isEmpty(); // what stores nothing registers nothing
        }
        assertThat(store.total("accepted")).isEqualTo(contract.stored().lines().count());
        assertThat(store.total("pending")).isEqualTo(store.total("accepted"));
    }

    private static Answer push(Sender sender, ContractCase.Exchange exchange, Encoding encoding) {
        List<String> headers = new ArrayList<>(exchange.headers());
        if (headers.stream().noneMatch(header -> header.startsWith("Content-Type:"))) {
            headers.add("Content-Type: application/json");
        }
        headers.remove("Content-Type:");
        return switch (encoding) {
            case PLAIN -> sender.push(exchange.body(), headers.toArray(String[]::new));
            case GZIP -> {
                headers.add("Content-Encoding: gzip");
                yield sender.push(Sender.gzip(exchange.body()), headers.toArray(String[]::new));
            }
        };
    }
}
