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
 * Two ingest processes, two aggregators, a query process and a Redis under load, with every fault of {@link Fault}. At
 * every quiet moment the totals must equal what the senders know. {@code make chaos} runs it for long, {@code make
 * test} just long enough for each fault to occur once.
 */
@Tag("chaos")
class ChaosIT {

    private static final List<Node.Role> ROLES =
            List.of(Node.Role.INGEST, Node.Role.INGEST, Node.Role.AGGREGATOR, Node.Role.AGGREGATOR, Node.Role.QUERY);
    private static final List<String> TENANTS = List.of("acme", "globex", "initech", "umbrella", "hooli");
    private static final int SENDERS = 12;

    /** The promised recovery time, without any intervention. */
    private static final Duration RECOVERY = Duration.ofSeconds(5);

    /** After this time, aggregators must have removed the consumers of dead processes. */
    private static final Duration CONSUMER_IDLE = Platform.RECLAIM_IDLE.multipliedBy(35);

    private final ChaosSettings settings = ChaosSettings.fromProperties();

    @Test
    void totals_equalTheJournal_whenEverythingFails() throws Exception {
        Path folder = emptied(settings.folder());
        System.out.println("chaos: " + settings.replay() + ", files in " + folder);
        long startNanos = System.nanoTime();
        try (EventLog eventLog = new EventLog(folder.resolve("events.log"));
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
                run(platform, journal, eventLog);
            } finally {
                System.out.println("chaos: " + settings.replay() + " took "
                        + Duration.ofNanos(System.nanoTime() - startNanos).toSeconds() + " s\n" + eventLog.summary());
            }
        }
    }

    private void run(Platform platform, Journal journal, EventLog eventLog) throws Exception {
        FaultInjector injector = new FaultInjector(platform, eventLog);
        List<URI> targets =
                platform.of(Node.Role.INGEST).stream().map(Node::address).toList();
        Node query = platform.of(Node.Role.QUERY).getFirst();
        try (HttpClient client = Load.newClient();
                Load load = new Load(journal, eventLog, targets, SENDERS, settings.seed())) {
            load.add(new Scraper(client, query::address, TENANTS, eventLog));
            ExpiringSeriesLoad expiring =
                    new ExpiringSeriesLoad(client, targets, query::address, eventLog, settings.seed());
            load.add(expiring);
            load.add(new Deleter(
                    client,
                    platform.of(Node.Role.AGGREGATOR).stream()
                            .<Supplier<URI>>map(node -> node::address)
                            .toList(),
                    TENANTS.subList(1, TENANTS.size()),
                    journal,
                    eventLog,
                    new Random(settings.seed())));
            for (Schedule.Round round : Schedule.of(settings.seed(), settings.duration(), platform.nodes())
                    .rounds()) {
                injector.injectAll(round.faults());
                assertThat(platform.nodes().stream().filter(Node::isMissing))
                        .as("processes that died by themselves; %s", settings.replay())
                        .isEmpty();
                platform.awaitReady();
                injector.inject(round.last());
                assertRecovery(journal, eventLog, targets, client);
                load.whileQuiet(
                        () -> assertQuietMoment(platform, journal, expiring, eventLog, client, query.address()));
            }
        }
    }

    /** Every ingest process accepts a push again soon after the last fault. */
    private void assertRecovery(Journal journal, EventLog eventLog, List<URI> targets, HttpClient client)
            throws InterruptedException {
        for (URI target : targets) {
            Sender sender = new Sender(client, journal, eventLog, List.of(target), new Random(settings.seed()));
            assertThat(sender.send(journal.probe(), RECOVERY))
                    .as("recovery of %s within %s; %s", target, RECOVERY, settings.replay())
                    .isTrue();
        }
    }

    private void assertQuietMoment(
            Platform platform,
            Journal journal,
            ExpiringSeriesLoad expiring,
            EventLog eventLog,
            HttpClient client,
            URI query)
            throws InterruptedException {
        Comparison comparison = new Comparison(platform.keyspace(), journal, Optional.of(expiring));
        try (RedisClient redis = platform.redis().connect()) {
            long startNanos = System.nanoTime();
            List<Wrong> wrong = comparison.awaitMatch(redis, client, query);
            eventLog.took("quiet moment: until everything is right", Duration.ofNanos(System.nanoTime() - startNanos));
            wrong.forEach(line -> eventLog.note("WRONG " + line));
            eventLog.add("wrong cells", wrong.size());
            assertThat(wrong).as("wrong; %s", settings.replay()).isEmpty();
            assertThat(eventLog.violations())
                    .as("violations; %s", settings.replay())
                    .isEmpty();
            assertThat(comparison.consumersIdleFor(redis, CONSUMER_IDLE.toMillis()))
                    .as("consumers that are not removed; %s", settings.replay())
                    .isEmpty();
        }
        assertHealthy(platform, eventLog);
        eventLog.count("quiet moments");
    }

    private void assertHealthy(Platform platform, EventLog eventLog) {
        for (Node node : platform.nodes()) {
            node.pid().ifPresent(pid -> {
                try {
                    HealthProbe.read(pid).ifPresent(health -> {
                        eventLog.note("health " + node.name() + " " + health);
                        assertThat(health.isHealthy())
                                .as("%s %s; %s", node.name(), health, settings.replay())
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
