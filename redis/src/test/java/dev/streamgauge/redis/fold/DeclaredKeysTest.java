package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.family;
import static dev.streamgauge.testkit.Samples.histogram;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.selector.MalformedSelectorException;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.selector.SeriesSelector;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.accounting.RejectionCounts;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.removal.RegistryReset;
import dev.streamgauge.redis.removal.SeriesDeletion;
import dev.streamgauge.redis.script.RedisMonitor;
import dev.streamgauge.redis.sweep.RegistryCount;
import dev.streamgauge.redis.sweep.SeriesSweep;
import dev.streamgauge.redis.tenant.DirectoryAnswer;
import dev.streamgauge.redis.tenant.DirectoryEntry;
import dev.streamgauge.redis.tenant.DirectoryPosition;
import dev.streamgauge.redis.tenant.TenantDirectory;
import dev.streamgauge.testkit.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A script touches only keys that it was given: while a slot moves to another node of a cluster, any other one can fail
 * half-way. A single Redis does not mind, so this looks at what {@code MONITOR} shows.
 */
class DeclaredKeysTest {

    private static final String LAST = "the last command of the test";

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    @Test
    void scripts_touchOnlyTheirKeys_inAllThatTheyDo() throws Exception {
        try (RedisMonitor monitor = new RedisMonitor(redis.url())) {
            useEveryScript();
            redis.command("ECHO", LAST);

            List<String> undeclared = undeclared(monitor.linesUpTo(LAST));

            assertThat(undeclared).isEmpty();
        }
    }

    private void useEveryScript() throws InterruptedException, MalformedSelectorException {
        FoldConnection first = partition.consumer("first");
        FoldConnection second = partition.consumer("second");
        partition.admit("acme", counter("orders_total", "a=\"1\"", 2), histogram("seconds", "", 1));
        partition.admit("other", counter("orders_total", "", 2));
        Partition.fold(first, Partition.readNew(first));
        partition.admit("acme", counter("orders_total", "a=\"1\"", 2));
        redis.append(Partition.STREAM, "9999999999999-0", new byte[] {1, 0, 0});
        Partition.readNew(first);
        second.claim(0, Duration.ZERO);
        List<ReadEntry> own = Partition.readOwn(second);
        Partition.fold(second, own.subList(0, 1));
        second.deadLetter(0, own.get(1), new DeadLetterReason(DeadLetterReason.MALFORMED, "cut short"));
        redis.append(Partition.STREAM, new EntryId(9999999999999L, 1).toString(), new byte[] {1, 0, 0});
        List<ReadEntry> gone = Partition.readNew(second);
        redis.command("XDEL", Partition.STREAM, gone.getFirst().id().toString());
        first.claim(0, Duration.ZERO);
        first.leave();
        second.leave();
        new RejectionCounts(redis.topology(Partition.KEYSPACE), RejectionCounts.STRANGER_WINDOW, "ingest")
                .add(
                        0,
                        1,
                        Map.of(
                                new TenantId("acme"),
                                new RejectionCounts.Rejected(
                                        Map.of(Reason.COUNTER_NEGATIVE, 1L), 7, TenantLimits.DEFAULTS)))
                .await()
                .indefinitely(); // the connection has a deadline
        useTheDirectory();
        useSweeps();
        useRemovals();
    }

    private void useSweeps() {
        TenantId acme = new TenantId("acme");
        SeriesSweep sweep = new SeriesSweep(redis.topology(Partition.KEYSPACE), SeriesSweep.Emptied.REMOVE);
        sweep.claim(0);
        sweep.sweep(acme, family("seconds", Samples.HISTOGRAM), 1, SeriesSweep.FIRST);
        sweep.start(acme);
        sweep.end(acme, Duration.ZERO, Duration.ZERO, Optional.of(new RegistryCount(1, 1)));
        new RegistryReader(redis.topology(Partition.KEYSPACE)).readClock(acme);
    }

    private void useRemovals() throws MalformedSelectorException {
        new SeriesDeletion(redis.topology(Partition.KEYSPACE), Duration.ZERO)
                .delete(
                        new TenantId("acme"),
                        new SeriesSelection(List.of(SeriesSelector.parse("orders_total{a=\"1\"}"))));
        new RegistryReset(redis.topology(Partition.KEYSPACE), Duration.ZERO)
                .reset(new TenantId("acme"), RegistryReset.Extent.KEEP);
        new RegistryReset(redis.topology(Partition.KEYSPACE), Duration.ZERO)
                .reset(new TenantId("other"), RegistryReset.Extent.PURGE);
        partition.admit("third", counter("orders_total", "", 2));
        redis.command("HSET", Partition.totalsOf("third"), "held", "1"); // admission takes away what is left of it
        partition.admit("third", counter("orders_total", "", 2));
    }

    private void useTheDirectory() {
        TenantDirectory directory = new TenantDirectory(redis.topology(Partition.KEYSPACE));
        TenantId tenant = new TenantId("acme");
        TenantRecord record = TenantRecord.create(tenant, Instant.EPOCH);
        directory
                .change(new DirectoryEntry.Absent(tenant), Optional.of(record))
                .await()
                .indefinitely();
        DirectoryAnswer start =
                directory.readSince(DirectoryPosition.NONE).await().indefinitely();
        directory.readSince(start.next()).await().indefinitely();
        directory
                .change(directory.read(tenant).await().indefinitely(), Optional.empty())
                .await()
                .indefinitely();
    }

    /** Commands of scripts on keys that the script's caller had not declared. */
    private static List<String> undeclared(List<String> lines) {
        Set<String> scripts = new TreeSet<>();
        List<String> declared = List.of();
        List<String> undeclared = new ArrayList<>();
        for (String line : lines) {
            List<String> words = RedisMonitor.words(line);
            String command = words.getFirst().toUpperCase(Locale.ROOT);
            if (command.startsWith("EVAL")) {
                scripts.add(words.get(1));
                declared = words.subList(3, 3 + Integer.parseInt(words.get(2)));
            } else if (RedisMonitor.isOfAScript(line)) {
                Optional<String> key = keyOf(command, words);
                if (key.isPresent() && !declared.contains(key.get())) {
                    undeclared.add(line);
                }
            }
        }
        assertThat(scripts).as("scripts seen").hasSizeGreaterThanOrEqualTo(8);
        return undeclared;
    }

    private static Optional<String> keyOf(String command, List<String> words) {
        return switch (command) {
            case "TIME" -> Optional.empty();
            case "XGROUP", "XINFO", "OBJECT" -> Optional.of(words.get(2));
            default -> Optional.of(words.get(1));
        };
    }
}
