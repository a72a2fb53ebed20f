package dev.streamgauge.standalone.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two ingest processes, two aggregators, a query process and a Redis under load, with every fault of {@link Fault}; at
 * every quiet moment the totals are what the senders know. {@code make chaos} runs it for long, {@code make test} for as
 * long as every fault needs to come once.
 */
@Tag("chaos")
class ChaosIT {

    private static final List<Node.Role> ROLES =
            List.of(Node.Role.INGEST, Node.Role.INGEST, Node.Role.AGGREGATOR, Node.Role.AGGREGATOR, Node.Role.QUERY);
    private static final List<String> TENANTS = List.of("acme", "globex", "initech", "umbrella", "hooli");
    private static final int SENDERS = 12;

    /** Our promise: without anybody's help. */
    private static final Duration RECOVERY = Duration.ofSeconds(5);

    /** When aggregators have cleared away consumers that are gone, and some more. */
    private static final Duration CONSUMER_IDLE = Platform.RECLAIM_IDLE.multipliedBy(35);

    private final ChaosSettings settings = ChaosSettings.fromProperties();

    @Test
    void totals_equalTheJournal_whenEverythingFails() throws Exception {
        Path folder = emptied(settings.folder());
        System.out.println("chaos: " + settings.replay() + ", files in " + folder);
        long startNanos = System.nanoTime();
        try (EventLog chronicle = new EventLog(folder.resolve("chronicle.log"));
                Journal journal = new Journal(folder.resolve("journal.log"), TENANTS);
                Platform platform = new Platform(
                        RedisServer.builder()
                                .directory(folder.resolve("redis"))
                                .build()
                                .start(),
                        folder,
                        ROLES,
                        "STREAMGAUGE_OVERRIDES_FILE=" + ExpiringSeriesLoad.writeOverrides(folder))) {
            try {
                platform.start();
                run(platform, journal, chronicle);
            } finally {
                System.out.println("chaos: " + settings.replay() + " took "
                        + Duration.ofNanos(System.nanoTime() - startNanos).toSeconds() + " s\n" + chronicle.summary());
            }
        }
    }

    private void run(Platform platform, Journal journal, EventLog chronicle) throws Exception {
        FaultInjector storm = new FaultInjector(platform, chronicle);
        List<URI> targets =
                platform.of(Node.Role.INGEST).stream().map(Node::address).toList();
        Node query = platform.of(Node.Role.QUERY).getFirst();
        try (HttpClient client = Load.newClient();
                Load load = new Load(journal, chronicle, targets, SENDERS, settings.seed())) {
            load.add(new Scraper(client, query::address, TENANTS, chronicle));
            ExpiringSeriesLoad mortals =
                    new ExpiringSeriesLoad(client, targets, query::address, chronicle, settings.seed());
            load.add(mortals);
            load.add(new Deleter(
                    client,
                    platform.of(Node.Role.AGGREGATOR).stream()
                            .<Supplier<URI>>map(node -> node::address)
                            .toList(),
                    TENANTS.subList(1, TENANTS.size()),
                    journal,
                    chronicle,
                    new Random(settings.seed())));
            for (Schedule.Round round : Schedule.of(settings.seed(), settings.duration(), platform.nodes())
                    .rounds()) {
                storm.rage(round.faults());
                assertThat(platform.nodes().stream().filter(Node::isMissing))
                        .as("processes that died of themselves; %s", settings.replay())
                        .isEmpty();
                platform.awaitReady();
                storm.happen(round.last());
                assertRecovery(journal, chronicle, targets, client);
                load.whileQuiet(
                        () -> assertQuietMoment(platform, journal, mortals, chronicle, client, query.address()));
            }
        }
    }

    /** Every ingest process takes a push again soon, without being told that anything is better. */
    private void assertRecovery(Journal journal, EventLog chronicle, List<URI> targets, HttpClient client)
            throws InterruptedException {
        long healedNanos = System.nanoTime();
        for (URI target : targets) {
            Sender sender = new Sender(client, journal, chronicle, List.of(target), new Random(settings.seed()));
            sender.send(journal.probe(), RECOVERY);
            Duration took = Duration.ofNanos(System.nanoTime() - healedNanos);
            chronicle.took("recovery: push accepted", took);
            assertThat(took).as("recovery of %s; %s", target, settings.replay()).isLessThan(RECOVERY);
        }
    }

    private void assertQuietMoment(
            Platform platform,
            Journal journal,
            ExpiringSeriesLoad mortals,
            EventLog chronicle,
            HttpClient client,
            URI query)
            throws InterruptedException {
        Comparison verdict = new Comparison(platform.keyspace(), journal, Optional.of(mortals));
        try (RedisClient redis = platform.redis().connect()) {
            long startNanos = System.nanoTime();
            List<Wrong> wrong = verdict.reach(redis, client, query);
            chronicle.took("quiet moment: until everything is right", Duration.ofNanos(System.nanoTime() - startNanos));
            wrong.forEach(line -> chronicle.note("WRONG " + line));
            chronicle.add("wrong cells", wrong.size());
            assertThat(wrong).as("wrong; %s", settings.replay()).isEmpty();
            assertThat(chronicle.violations())
                    .as("violations; %s", settings.replay())
                    .isEmpty();
            assertThat(verdict.consumersIdleFor(redis, CONSUMER_IDLE.toMillis()))
                    .as("consumers that nobody clears away; %s", settings.replay())
                    .isEmpty();
        }
        assertVitals(platform, chronicle);
        chronicle.count("quiet moments");
    }

    private void assertVitals(Platform platform, EventLog chronicle) {
        for (Node node : platform.nodes()) {
            node.pid().ifPresent(pid -> {
                try {
                    HealthProbe.read(pid).ifPresent(vitals -> {
                        chronicle.note("vitals " + node.name() + " " + vitals);
                        assertThat(vitals.isSane())
                                .as("%s %s; %s", node.name(), vitals, settings.replay())
                                .isTrue();
                    });
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static Path emptied(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        return Files.createDirectories(folder);
    }
}
