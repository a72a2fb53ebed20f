package dev.streamgauge.redis.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.testkit.Samples;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RegistryReaderTest {

    private static final Keyspace KEYSPACE = new Keyspace(16);
    private static final TenantId ACME = new TenantId("acme");
    private static final String FAMILY = "orders_total";

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private RegistryReader reader() {
        return new RegistryReader(redis.topology(KEYSPACE));
    }

    private void register(Family family) {
        redis.setField(
                KEYSPACE.families(ACME), family.name().getBytes(StandardCharsets.UTF_8), FamilyCodec.encode(family));
    }

    /** Adds series {@code from} to {@code to - 1}; the value of each is its number. */
    private void addSeries(int from, int to) {
        redis.command(
                "EVAL",
                "for i = ARGV[1], ARGV[2] - 1 do redis.call('HSET', KEYS[1], 'i=\"' .. i .. '\"', i) end",
                "1",
                KEYSPACE.family(ACME, FAMILY),
                Integer.toString(from),
                Integer.toString(to));
    }

    private void removeSeries(int from, int to) {
        redis.command(
                "EVAL",
                "for i = ARGV[1], ARGV[2] - 1 do redis.call('HDEL', KEYS[1], 'i=\"' .. i .. '\"') end",
                "1",
                KEYSPACE.family(ACME, FAMILY),
                Integer.toString(from),
                Integer.toString(to));
    }

    /** All pages, with something done after each. */
    private List<SeriesPage> readAll(IntConsumer afterPage) {
        List<SeriesPage> pages = new ArrayList<>();
        String cursor = SeriesPage.END;
        do {
            SeriesPage page = reader().readSeries(ACME, FAMILY, cursor).await().indefinitely();
            pages.add(page);
            afterPage.accept(pages.size());
            cursor = page.cursor();
        } while (!pages.getLast().isLast());
        return pages;
    }

    private static Map<String, String> seriesOf(List<SeriesPage> pages) {
        Map<String, String> series = new HashMap<>();
        for (SeriesPage page : pages) {
            page.series()
                    .forEach(row -> series.put(
                            new String(row.labels(), StandardCharsets.UTF_8),
                            new String(row.value(), StandardCharsets.UTF_8)));
        }
        return series;
    }

    private static Map<String, String> numbered(int from, int to) {
        Map<String, String> series = new HashMap<>();
        for (int i = from; i < to; i++) {
            series.put("i=\"" + i + "\"", Integer.toString(i));
        }
        return series;
    }

    @Test
    void readSeries_givesEverySeriesInPages_whenTheyAreMany() {
        addSeries(0, 5_000);

        List<SeriesPage> pages = readAll(page -> {});

        assertThat(seriesOf(pages)).isEqualTo(numbered(0, 5_000));
        assertThat(pages).hasSizeBetween(4, 10);
        assertThat(pages).allSatisfy(page -> assertThat(page.series()).hasSizeLessThan(1_500));
    }

    @Test
    void readSeries_givesEverySeries_whenTheFamilyGrowsMeanwhile() {
        addSeries(0, 5_000);

        List<SeriesPage> pages = readAll(page -> addSeries(page * 10_000, page * 10_000 + 5_000));

        assertThat(seriesOf(pages)).containsAllEntriesOf(numbered(0, 5_000));
    }

    @Test
    void readSeries_givesEverySeriesThatStays_whenTheFamilyShrinksMeanwhile() {
        addSeries(0, 20_000);

        List<SeriesPage> pages = readAll(page -> removeSeries(500 + page * 1_000, 500 + (page + 1) * 1_000));

        assertThat(seriesOf(pages)).containsAllEntriesOf(numbered(0, 500));
    }

    @Test
    void readSeries_givesOnePage_whenTheSeriesAreFew() {
        addSeries(0, 60); // a listpack

        List<SeriesPage> pages = readAll(page -> {});

        assertThat(pages).hasSize(1);
        assertThat(seriesOf(pages)).isEqualTo(numbered(0, 60));
    }

    @Test
    void readSeries_givesFewSeriesAPage_whenTheyAreLarge() {
        byte[] value = new byte[100_000];
        for (int i = 0; i < 100; i++) {
            byte[] labels = ("i=\"" + i + "\"").getBytes(StandardCharsets.UTF_8);
            redis.setField(KEYSPACE.family(ACME, FAMILY), labels, value);
        }

        List<SeriesPage> pages = readAll(page -> {});

        assertThat(seriesOf(pages)).hasSize(100);
        assertThat(pages).allSatisfy(page -> assertThat(page.series()).hasSizeLessThan(40));
    }

    @Test
    void findFamilies_givesTheNamesThatExist() {
        for (int i = 0; i < 250; i += 2) {
            register(Samples.counter("f_" + i, "", 1).family());
        }
        List<String> names = IntStream.range(0, 250).mapToObj(i -> "f_" + i).toList();

        Set<String> found = reader().findFamilies(ACME, names).await().indefinitely();

        assertThat(found).hasSize(125).contains("f_0", "f_248").doesNotContain("f_1");
        assertThat(reader().findFamilies(ACME, List.of()).await().indefinitely())
                .isEmpty();
    }

    @Test
    void readSeries_keepsEveryByte() {
        byte[] labels = "a=\"größe\\n\"".getBytes(StandardCharsets.UTF_8);
        byte[] value = {'c', 0, -1, '\r', '\n', (byte) 0x80};
        redis.setField(KEYSPACE.family(ACME, FAMILY), labels, value);

        SeriesPage page =
                reader().readSeries(ACME, FAMILY, SeriesPage.END).await().indefinitely();

        assertThat(page.series()).singleElement().satisfies(row -> {
            assertThat(row.labels()).isEqualTo(labels);
            assertThat(row.value()).isEqualTo(value);
        });
        assertThat(page.isLast()).isTrue();
    }

    @Test
    void readSeries_givesAnEmptyLastPage_whenThereIsNone() {
        SeriesPage page =
                reader().readSeries(ACME, FAMILY, SeriesPage.END).await().indefinitely();

        assertThat(page.series()).isEmpty();
        assertThat(page.isLast()).isTrue();
    }

    @Test
    void readSeries_neverGivesAnotherTenantsSeries() {
        addSeries(0, 3);

        SeriesPage page = reader().readSeries(new TenantId("other"), FAMILY, SeriesPage.END)
                .await()
                .indefinitely();

        assertThat(page.series()).isEmpty();
    }

    @Test
    void readSeries_fails_whenTheKeyIsOfAnotherType() {
        redis.command("SET", KEYSPACE.family(ACME, FAMILY), "unexpected");

        assertThatThrownBy(() -> reader().readSeries(ACME, FAMILY, SeriesPage.END)
                        .await()
                        .indefinitely())
                .isInstanceOf(RedisFailure.class)
                .hasMessageStartingWith("WRONGTYPE");
    }

    @Test
    void readFamilies_givesAll_byName() {
        Family histogram = new Family(
                "b_seconds",
                "Größe\nof it",
                "seconds",
                new Histogram(BucketLayout.of(0.1, 5).orElseThrow()));
        Family counter = Samples.family("c_total", Counter.INSTANCE);
        Family gauge = Samples.family("A", Gauge.INSTANCE);
        List.of(histogram, counter, gauge).forEach(this::register);

        SortedMap<String, Family> families = reader().readFamilies(ACME);

        assertThat(families.values()).containsExactly(gauge, histogram, counter);
        assertThat(families.keySet()).containsExactly("A", "b_seconds", "c_total");
    }

    @Test
    void readFamilies_givesAll_whenTheyNeedManyPages() {
        redis.command(
                "EVAL",
                "for i = 1, 5000 do redis.call('HSET', KEYS[1], 'f' .. i, ARGV[1]) end",
                "1",
                KEYSPACE.families(ACME),
                new String(FamilyCodec.encode(Samples.family("any", Counter.INSTANCE)), StandardCharsets.US_ASCII));

        SortedMap<String, Family> families = reader().readFamilies(ACME);

        assertThat(families).hasSize(5_000);
        assertThat(families.get("f4711")).isEqualTo(Samples.family("f4711", Counter.INSTANCE));
    }

    @Test
    void readFamilies_givesNone_whenTheTenantHasNone() {
        register(Samples.family("a_total", Counter.INSTANCE));

        SortedMap<String, Family> families = reader().readFamilies(new TenantId("other"));

        assertThat(families).isEmpty();
    }

    @Test
    void readFamilies_givesTheNamedOnesThatExist() {
        register(Samples.family("a_total", Counter.INSTANCE));
        register(Samples.family("b", Gauge.INSTANCE));
        register(Samples.family("c", Gauge.INSTANCE));

        SortedMap<String, Family> families = reader().readFamilies(ACME, List.of("c", "absent", "a_total", "c"));

        assertThat(families.keySet()).containsExactly("a_total", "c");
        assertThat(families.get("c")).isEqualTo(Samples.family("c", Gauge.INSTANCE));
    }

    @Test
    void readFamilies_givesNone_whenNoneIsNamed() {
        register(Samples.family("a_total", Counter.INSTANCE));

        SortedMap<String, Family> families = reader().readFamilies(ACME, List.of());

        assertThat(families).isEmpty();
    }

    @Test
    void readFamilies_fails_whenARowIsOfAnotherVersion() {
        redis.command("HSET", KEYSPACE.families(ACME), "a_total", "C-of-version-2");

        assertThatThrownBy(() -> reader().readFamilies(ACME))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown version or type");
        assertThatThrownBy(() -> reader().readFamilies(ACME, List.of("a_total")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
