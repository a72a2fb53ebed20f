package dev.streamgauge.ingest.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.entry.FoldBatch.TenantDeltas;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.ingest.Answer;
import dev.streamgauge.ingest.Sender;
import dev.streamgauge.ingest.Store;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** That what was admitted folds to what was sent. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class StoredEntriesAppTest {

    @Test
    void entries_foldToWhatWasSent_whenARequestIsSplit() throws MalformedEntryException {
        String body = IntStream.range(0, 2_000)
                .mapToObj(i -> switch (i % 4) {
                    case 0 -> sample("orders_total", "counter", "\"value\": " + i, i);
                    case 1 -> sample("queue_depth", "gauge", "\"value\": " + i + ", \"timestamp\": 1763700000000", i);
                    case 2 -> sample("seconds", "histogram", "\"value\": " + i + ", \"buckets\": [999, 1500]", i);
                    default -> sample("bytes", "summary", "\"values\": [" + i + ", 1]", i);
                })
                .collect(Collectors.joining(",", "[", "]"));

        Answer answer = new Sender("split").push(body);

        List<byte[]> entries = Store.of("split").entries();
        assertThat(answer.outline()).isEqualTo("202 accepted 2000\n");
        assertThat(entries).hasSizeGreaterThan(2);
        assertThat(folded(entries)).isEqualTo("""
                        bytes{half="0"} sum 250000.0 count 500.0
                        bytes{half="1"} sum 251000.0 count 500.0
                        orders_total{half="0"} 249000.0
                        orders_total{half="1"} 250000.0
                        queue_depth{half="0"} 1993.0
                        queue_depth{half="1"} 1997.0
                        seconds{half="0"} 125.0 63.0 62.0 sum 249500.0
                        seconds{half="1"} 125.0 62.0 63.0 sum 250500.0
                        """);
    }

    /** Samples of a family go to its two series in turn. */
    private static String sample(String name, String type, String value, int index) {
        return "{\"name\": \"%s\", \"type\": \"%s\", %s, \"labels\": {\"half\": \"%d\"}}"
                .formatted(name, type, value, index / 4 % 2);
    }

    private static String folded(List<byte[]> entries) throws MalformedEntryException {
        FoldBatch batch = new FoldBatch();
        for (int i = 0; i < entries.size(); i++) {
            batch.add(new EntryId(1, i), entries.get(i));
        }
        TreeMap<String, String> lines = new TreeMap<>();
        for (TenantDeltas tenant : batch.tenants()) {
            tenant.families()
                    .forEach(family -> family.series()
                            .forEach(series -> lines.put(
                                    family.family().name() + "{" + series.labels() + "} ", text(series.delta()))));
        }
        return lines.entrySet().stream()
                .map(line -> line.getKey() + line.getValue() + "\n")
                .collect(Collectors.joining());
    }

    private static String text(SeriesDelta delta) {
        return switch (delta) {
            case Counter.Delta counter -> "" + counter.value();
            case Gauge.Delta gauge -> "" + gauge.value();
            case Histogram.Delta histogram ->
                histogram.count(0) + " " + histogram.count(1) + " " + histogram.count(2) + " sum " + histogram.sum();
            case Summary.Delta summary -> "sum " + summary.sum() + " count " + summary.count();
            default -> throw new AssertionError(delta);
        };
    }
}
