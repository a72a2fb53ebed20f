package dev.streamgauge.core.exposition;

import static dev.streamgauge.core.SampleArbitraries.canonicalLabels;
import static dev.streamgauge.core.SampleArbitraries.family;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.streamgauge.core.SampleArbitraries;
import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.entry.FoldBatch.FamilyDeltas;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextWriterTest {

    private static final long NOON = 1_763_726_400_000L;
    private static final TenantId SHOP = new TenantId("shop");

    private static final Family ORDERS = family("orders_total", Counter.INSTANCE);
    private static final Family DEPTH = family("queue_depth", Gauge.INSTANCE);
    private static final BucketLayout LAYOUT =
            BucketLayout.of(-1, 0.00001, 0.5, 1, 1e6, 1e20).orElseThrow();
    private static final Family SECONDS =
            new Family("request_seconds", "Time of a request", "seconds", new Histogram(LAYOUT));
    private static final Quantiles QUANTILES = Quantiles.of(0, 0.5, 0.999, 1).orElseThrow();
    private static final Family BYTES = family("payload_bytes", new Summary(QUANTILES));

    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    @Provide
    Arbitrary<List<Sample>> requests() {
        return SampleArbitraries.requests(SampleArbitraries.finites());
    }

    @Test
    void writeSeries_writesAllKinds() {
        TextWriter writer = new TextWriter(16);
        Histogram.Delta seconds = new Histogram.Delta(LAYOUT);
        for (double value : new double[] {-1, 0.25, 0.5, 1e19, 1e21}) {
            seconds.observe(value);
        }
        Summary.Delta bytes = new Summary.Delta(QUANTILES);
        bytes.observe(0, NOON);
        bytes.observe(0, NOON);

        writer.beginFamily(ORDERS);
        writer.writeSeries(CanonicalLabels.NONE, shown(counter(0.1)));
        writer.writeSeries(labels(Map.of("region", "eu", "method", "GET")), shown(counter(2)));
        writer.beginFamily(BYTES);
        writer.writeSeries(CanonicalLabels.NONE, shown(bytes));
        writer.writeSeries(labels(Map.of("region", "eu")), bytes.snapshot(SeriesSnapshot.UNKNOWN, NOON + 600_000));
        writer.beginFamily(DEPTH);
        writer.writeSeries(labels(Map.of("queue", "a\"b\\c\nd é")), shown(gauge(-7)));
        writer.beginFamily(SECONDS);
        writer.writeSeries(CanonicalLabels.NONE, shown(seconds));
        writer.writeSeries(labels(Map.of("zone", "1")), shown(new Histogram.Delta(LAYOUT)));
        writer.end();

        assertThat(text(writer)).isEqualTo("""
                # TYPE orders_total counter
                orders_total 0.1
                orders_total{method="GET",region="eu"} 2
                # TYPE payload_bytes summary
                payload_bytes{quantile="0"} 0
                payload_bytes{quantile="0.5"} 0
                payload_bytes{quantile="0.999"} 0
                payload_bytes{quantile="1"} 0
                payload_bytes_sum 0
                payload_bytes_count 2
                payload_bytes{region="eu",quantile="0"} NaN
                payload_bytes{region="eu",quantile="0.5"} NaN
                payload_bytes{region="eu",quantile="0.999"} NaN
                payload_bytes{region="eu",quantile="1"} NaN
                payload_bytes_sum{region="eu"} 0
                payload_bytes_count{region="eu"} 2
                # TYPE queue_depth gauge
                queue_depth{queue="a\\"b\\\\c\\nd é"} -7
                # HELP request_seconds Time of a request
                # TYPE request_seconds histogram
                request_seconds_bucket{le="-1"} 1
                request_seconds_bucket{le="1e-05"} 1
                request_seconds_bucket{le="0.5"} 3
                request_seconds_bucket{le="1"} 3
                request_seconds_bucket{le="1e+06"} 3
                request_seconds_bucket{le="1e+20"} 4
                request_seconds_bucket{le="+Inf"} 5
                request_seconds_sum 1.01e+21
                request_seconds_count 5
                request_seconds_bucket{zone="1",le="-1"} 0
                request_seconds_bucket{zone="1",le="1e-05"} 0
                request_seconds_bucket{zone="1",le="0.5"} 0
                request_seconds_bucket{zone="1",le="1"} 0
                request_seconds_bucket{zone="1",le="1e+06"} 0
                request_seconds_bucket{zone="1",le="1e+20"} 0
                request_seconds_bucket{zone="1",le="+Inf"} 0
                request_seconds_sum{zone="1"} 0
                request_seconds_count{zone="1"} 0
                """);
    }

    @Test
    void beginFamily_escapesTheHelp() {
        TextWriter writer = new TextWriter(16);
        String help = "two\nlines, a \\, \\n and \"quotes\" é漢😀";

        writer.beginFamily(new Family("a", help, "", Gauge.INSTANCE));
        writer.writeSeries(CanonicalLabels.NONE, shown(gauge(1)));

        assertThat(text(writer)).isEqualTo("""
                # HELP a two\\nlines, a \\\\, \\\\n and "quotes" é漢😀
                # TYPE a gauge
                a 1
                """);
    }

    @Test
    void beginFamily_writesNothing_whenNoSeriesFollows() {
        TextWriter writer = new TextWriter(16);

        writer.beginFamily(ORDERS);
        writer.beginFamily(DEPTH);

        assertThat(text(writer)).isEmpty();
    }

    @Test
    void writeSeries_writesSumAndCountOnly_whenSummaryHasNoQuantiles() {
        TextWriter writer = new TextWriter(16);
        Summary.Delta bytes = new Summary.Delta(Quantiles.NONE);
        bytes.observe(512, NOON);

        writer.beginFamily(family("payload_bytes", Summary.WITHOUT_QUANTILES));
        writer.writeSeries(CanonicalLabels.NONE, shown(bytes));

        assertThat(text(writer)).isEqualTo("""
                # TYPE payload_bytes summary
                payload_bytes_sum 512
                payload_bytes_count 1
                """);
    }

    @Test
    void writeSeries_keepsBucketsFromFalling_whenCountsAreBeyondExactIntegers() {
        TextWriter writer = new TextWriter(16);
        Histogram two = new Histogram(BucketLayout.of(1, 2).orElseThrow());
        Histogram.Delta histogram = two.newDelta();
        histogram.addCount(0, 0x1p53);
        histogram.addCount(1, 1);
        histogram.addCount(2, 0x1p53);

        writer.beginFamily(family("a", two));
        writer.writeSeries(CanonicalLabels.NONE, shown(histogram));

        Map<String, Double> values = values(text(writer));
        assertThat(values.get("a_bucket{le=\"+Inf\"}")).isEqualTo(values.get("a_count"));
        assertThat(values.get("a_count")).isEqualTo(0x1p54);
    }

    @Test
    void writeSeries_rejects_whenNoFamilyWasBegun() {
        TextWriter writer = new TextWriter(16);

        assertThatIllegalStateException()
                .isThrownBy(() -> writer.writeSeries(CanonicalLabels.NONE, shown(counter(1))))
                .withMessage("begin a family first");
    }

    @Test
    void take_givesWhatWasWrittenSince_inPieces() {
        TextWriter writer = new TextWriter(0);
        writer.beginFamily(ORDERS);
        writer.writeSeries(CanonicalLabels.NONE, shown(counter(1)));
        String first = text(writer);
        writer.writeSeries(labels(Map.of("region", "eu")), shown(counter(2)));
        int size = writer.size();

        String second = text(writer);

        assertThat(first).isEqualTo("# TYPE orders_total counter\norders_total 1\n");
        assertThat(second).isEqualTo("orders_total{region=\"eu\"} 2\n").hasSize(size);
        assertThat(text(writer)).isEmpty();
    }

    @Property
    void writeSeries_parsesBackToTheSameValues_whenRequestIsAny(@ForAll("requests") List<Sample> request) {
        SortedMap<String, FamilySeries> registry = fold(request);

        String text = write(registry);

        Map<String, Double> expected = new LinkedHashMap<>();
        registry.values().forEach(family -> expect(family, expected));
        assertThat(values(text)).isEqualTo(expected);
        assertThat(text.lines().filter(line -> line.startsWith("# TYPE ")))
                .containsExactlyElementsOf(registry.entrySet().stream()
                        .map(each -> "# TYPE " + each.getKey() + " "
                                + each.getValue().family().type().text())
                        .toList());
    }

    /** The values by their series, as they are written. */
    private static Map<String, Double> values(String text) {
        Map<String, Double> values = new LinkedHashMap<>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int blank = line.lastIndexOf(' ');
            values.put(line.substring(0, blank), number(line.substring(blank + 1)));
        });
        return values;
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    @Property
    void writeSeries_saysWhatPrometheusOwnWriterSays_whenRequestIsAny(@ForAll("requests") List<Sample> request)
            throws IOException {
        SortedMap<String, FamilySeries> registry = fold(request);

        String ours = write(registry);

        assertThat(meaning(ours)).isEqualTo(meaning(writeByPrometheus(registry)));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            1e300
            0.1
            4.9e-324
            9007199254740992
            -0.0
            1e15
            1.7976931348623157e308
            -12345678.5
            """)
    void writeSeries_saysWhatPrometheusOwnWriterSays_whenNumberIsUnusual(double value) throws IOException {
        SortedMap<String, FamilySeries> registry = new TreeMap<>();
        registry.put("queue_depth", new FamilySeries(DEPTH, new TreeMap<>(Map.of(CanonicalLabels.NONE, gauge(value)))));

        String ours = write(registry);

        assertThat(meaning(ours)).isEqualTo(meaning(writeByPrometheus(registry)));
    }

    /** What a scrape finds of one family. */
    private record FamilySeries(Family family, SortedMap<CanonicalLabels, SeriesDelta> series) {}

    /** Adds the request up; counters get the suffix that Prometheus' own writer gives to them all. */
    private static SortedMap<String, FamilySeries> fold(List<Sample> request) {
        FoldBatch batch = new FoldBatch();
        Map<String, Family> families = new TreeMap<>();
        List<Sample> renamed = request.stream().map(TextWriterTest::withSuffix).toList();
        renamed.forEach(sample -> families.put(sample.family().name(), sample.family()));
        try {
            for (byte[] entry : EntryWriter.encode(SHOP, renamed)) {
                batch.add(new EntryId(NOON, 0), entry);
            }
        } catch (MalformedEntryException e) {
            throw new AssertionError(e);
        }
        SortedMap<String, FamilySeries> registry = new TreeMap<>();
        for (FamilyDeltas deltas : batch.tenants().iterator().next().families()) {
            String name = deltas.family().name();
            SortedMap<CanonicalLabels, SeriesDelta> series = new TreeMap<>();
            Aggregation aggregation = families.get(name).aggregation();
            deltas.series().forEach(each -> series.put(each.labels(), stored(aggregation, each.delta())));
            registry.put(name, new FamilySeries(families.get(name), series));
        }
        return registry;
    }

    /** What the fold script stores of a first delta, read back as a series of a family with all its parameters. */
    private static SeriesDelta stored(Aggregation aggregation, SeriesDelta delta) {
        return aggregation.unpack(aggregation.kind().storedCodes().charAt(0), ByteBuffer.wrap(delta.packed()));
    }

    private static Sample withSuffix(Sample sample) {
        Family family = sample.family();
        if (family.type() != MetricType.COUNTER) {
            return sample;
        }
        Family renamed = new Family(family.name() + "_total", family.help(), family.unit(), family.aggregation());
        return new Sample(sample.index(), renamed, sample.labels(), sample.value(), sample.timestampMillis());
    }

    private static String write(SortedMap<String, FamilySeries> registry) {
        TextWriter writer = new TextWriter(16);
        registry.values().forEach(family -> {
            writer.beginFamily(family.family());
            family.series().forEach((labels, total) -> writer.writeSeries(labels, shown(total)));
        });
        return text(writer);
    }

    private static void expect(FamilySeries family, Map<String, Double> expected) {
        String name = family.family().name();
        family.series().forEach((labels, total) -> {
            switch (total) {
                case Counter.Delta counter -> expected.put(series(name, labels, ""), counter.value());
                case Gauge.Delta gauge -> expected.put(series(name, labels, ""), gauge.value());
                case Histogram.Delta histogram -> {
                    double count = 0;
                    for (int i = 0; i < histogram.layout().bucketCount(); i++) {
                        count += histogram.count(i);
                        String bound = plain(histogram.layout().bound(i));
                        expected.put(series(name + "_bucket", labels, "le=\"" + bound + "\""), count);
                    }
                    expected.put(series(name + "_sum", labels, ""), histogram.sum());
                    expected.put(series(name + "_count", labels, ""), count);
                }
                case Summary.Delta summary -> {
                    Quantiles quantiles = ((Summary) family.family().aggregation()).quantiles();
                    double[] values = summary.quantiles(quantiles, NOON);
                    for (int i = 0; i < values.length; i++) {
                        String quantile = plain(quantiles.get(i));
                        expected.put(series(name, labels, "quantile=\"" + quantile + "\""), values[i]);
                    }
                    expected.put(series(name + "_sum", labels, ""), summary.sum());
                    expected.put(series(name + "_count", labels, ""), summary.count());
                }
                default -> throw new AssertionError(total);
            }
        });
    }

    private static String series(String name, CanonicalLabels labels, String last) {
        String all = labels + (labels.length() > 0 && !last.isEmpty() ? "," : "") + last;
        return all.isEmpty() ? name : name + "{" + all + "}";
    }

    private static String plain(double number) {
        return Double.isInfinite(number)
                ? "+Inf"
                : new BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString();
    }

    private static String writeByPrometheus(SortedMap<String, FamilySeries> registry) throws IOException {
        List<MetricSnapshot> snapshots =
                registry.values().stream().map(TextWriterTest::snapshot).toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.builder()
                .setIncludeCreatedTimestamps(false)
                .build()
                .write(out, new MetricSnapshots(snapshots));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static MetricSnapshot snapshot(FamilySeries family) {
        Family head = family.family();
        String name = head.name().replaceAll("_total$", "");
        MetricMetadata metadata =
                head.help().isEmpty() ? new MetricMetadata(name) : new MetricMetadata(name, head.help());
        List<CounterDataPointSnapshot> counters = new ArrayList<>();
        List<GaugeDataPointSnapshot> gauges = new ArrayList<>();
        List<HistogramDataPointSnapshot> histograms = new ArrayList<>();
        List<SummaryDataPointSnapshot> summaries = new ArrayList<>();
        family.series().forEach((canonicalLabels, total) -> {
            Labels labels = prometheusLabels(canonicalLabels);
            switch (total) {
                case Counter.Delta counter ->
                    counters.add(new CounterDataPointSnapshot(counter.value(), labels, null, 0));
                case Gauge.Delta gauge -> gauges.add(new GaugeDataPointSnapshot(gauge.value(), labels, null));
                case Histogram.Delta histogram ->
                    histograms.add(
                            new HistogramDataPointSnapshot(buckets(histogram), histogram.sum(), labels, null, 0));
                case Summary.Delta summary ->
                    summaries.add(SummaryDataPointSnapshot.builder()
                            .labels(labels)
                            .count((long) summary.count())
                            .sum(summary.sum())
                            .quantiles(quantiles(((Summary) head.aggregation()).quantiles(), summary))
                            .build());
                default -> throw new AssertionError(total);
            }
        });
        return switch (head.type()) {
            case COUNTER -> new CounterSnapshot(metadata, counters);
            case GAUGE -> new GaugeSnapshot(metadata, gauges);
            case HISTOGRAM -> new HistogramSnapshot(metadata, histograms);
            case SUMMARY -> new SummarySnapshot(metadata, summaries);
        };
    }

    private static ClassicHistogramBuckets buckets(Histogram.Delta histogram) {
        BucketLayout layout = histogram.layout();
        return ClassicHistogramBuckets.of(
                IntStream.range(0, layout.bucketCount())
                        .mapToDouble(layout::bound)
                        .toArray(),
                IntStream.range(0, layout.bucketCount())
                        .mapToLong(i -> (long) histogram.count(i))
                        .toArray());
    }

    private static io.prometheus.metrics.model.snapshots.Quantiles quantiles(
            Quantiles quantiles, Summary.Delta summary) {
        double[] values = summary.quantiles(quantiles, NOON);
        return io.prometheus.metrics.model.snapshots.Quantiles.of(IntStream.range(0, values.length)
                .mapToObj(i -> new Quantile(quantiles.get(i), values[i]))
                .toList());
    }

    private static Labels prometheusLabels(CanonicalLabels canonicalLabels) {
        Labels.Builder labels = Labels.builder();
        Matcher matcher = LABEL.matcher(canonicalLabels.toString());
        while (matcher.find()) {
            labels.label(matcher.group(1), matcher.group(2).translateEscapes());
        }
        return labels.build();
    }

    /** The lines of a text without what may differ: their order, and how a number is written. */
    private static String meaning(String text) {
        return text.lines()
                .map(line -> line.startsWith("#") ? line : meaningOfSeries(line))
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private static String meaningOfSeries(String line) {
        int space = line.lastIndexOf(' ');
        SortedMap<String, String> labels = new TreeMap<>();
        Matcher matcher = LABEL.matcher(line.substring(0, space));
        while (matcher.find()) {
            boolean number = matcher.group(1).equals("le") || matcher.group(1).equals("quantile");
            labels.put(matcher.group(1), number ? meaningOfNumber(matcher.group(2)) : matcher.group(2));
        }
        String name = line.replaceAll("[{ ].*", "");
        return name + labels + " " + meaningOfNumber(line.substring(space + 1));
    }

    private static String meaningOfNumber(String number) {
        double value = Double.parseDouble(number.replace("Inf", "Infinity"));
        return Double.toString(value + 0.0); // -0.0 is 0.0
    }

    private static CanonicalLabels labels(Map<String, String> labels) {
        return canonicalLabels(labels);
    }

    private static SeriesSnapshot shown(SeriesDelta total) {
        return total.snapshot(SeriesSnapshot.UNKNOWN, NOON);
    }

    private static Counter.Delta counter(double value) {
        Counter.Delta counter = new Counter.Delta();
        counter.add(value);
        return counter;
    }

    private static Gauge.Delta gauge(double value) {
        Gauge.Delta gauge = new Gauge.Delta();
        gauge.set(value, NOON, new EntryId(NOON, 0), 0);
        return gauge;
    }

    /** What was written, which must be UTF-8. */
    private static String text(TextWriter writer) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(writer.take()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError(e);
        }
    }
}
