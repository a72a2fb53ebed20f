package dev.streamgauge.redis.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.entry.EntryReader;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.selector.MalformedSelectorException;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.selector.SeriesSelector;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionAnswer.FamilyDifference;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.deadletter.DeadLetterResult;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.reclaim.Claims;
import dev.streamgauge.redis.removal.RegistryReset;
import dev.streamgauge.redis.removal.RemovalOutcome;
import dev.streamgauge.redis.removal.SeriesDeletion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Operations made up from a seed, each done by the scripts and by the reference, whose answers must be equal. What is
 * done depends on the seed and on the reference alone, so that a seed does the same again.
 */
final class RandomProgramme {

    private static final Keyspace KEYSPACE = new Keyspace(2);
    private static final List<TenantId> TENANTS = List.of("acme", "beta", "gamma", "delta", "epsilon").stream()
            .map(TenantId::new)
            .toList();
    private static final List<String> CONSUMERS = List.of("one", "two", "three");

    /** What a consumer remembers of what it read; the older half is stale mostly. */
    private static final int MEMORY = 12;

    private static final int STEPS_BETWEEN_CHECKPOINTS = 20;
    private static final int LOGGED = 12;

    /** Never reached, and always exceeded. */
    private static final Duration LONG = Duration.ofHours(1);

    /** A selector, and the same condition on a family's name and canonical labels. */
    private record Selected(String selector, BiPredicate<String, String> isSelected) {}

    private static final List<Selected> SELECTED = List.of(
            new Selected("{a=\"1\"}", (family, labels) -> labels.startsWith("a=\"1\"")),
            new Selected("{a=~\"[12]\",b=\"\"}", (family, labels) -> labels.matches("a=\"[12]\"")),
            new Selected("{b!=\"\"}", (family, labels) -> labels.contains("b=\"ü\"")),
            new Selected("{q=\"\\\"\\n\"}", (family, labels) -> labels.equals("q=\"\\\"\\n\"")),
            new Selected("{__name__=~\".+\",a=\"\",q=\"\"}", (family, labels) -> labels.isEmpty()),
            new Selected("{__name__=~\"[a-m].*\"}", (family, labels) -> family.charAt(0) <= 'm'),
            new Selected("{__name__=~\"[n-z].*\"}", (family, labels) -> family.charAt(0) > 'm'));

    private final RealRedis redis;
    private final Random random;
    private final AdmissionScript admission;
    private final Map<String, FoldConnection> consumers = new HashMap<>();
    private final List<ReferenceStore> reference;
    private final Map<TenantId, Learnt> learnt = new HashMap<>();
    private final Map<String, List<List<ReadEntry>>> memories = new HashMap<>(); // newest first
    private final Map<Integer, String> lastIds = new HashMap<>();
    private final List<String> log = new ArrayList<>();
    private final Map<String, Integer> answersSeen = new TreeMap<>();
    private int step;

    /** The last answer of admission for a tenant, and the reference's epoch then. */
    private record Learnt(AdmissionAnswer.Stored answer, int epoch) {}

    RandomProgramme(RealRedis redis, long seed) {
        this.redis = redis;
        this.random = new Random(seed);
        this.admission = new AdmissionScript(redis.topology(KEYSPACE), AdmissionTerms.DEFAULTS);
        this.reference = IntStream.range(0, KEYSPACE.partitions())
                .mapToObj(any -> new ReferenceStore())
                .toList();
        CONSUMERS.forEach(this::connect);
    }

    /** Does so many operations, and compares all that is stored every now and then. */
    void run(int steps) {
        for (step = 1; step <= steps; step++) {
            doSomething();
            if (step % STEPS_BETWEEN_CHECKPOINTS == 0) {
                compareAll();
            }
        }
        foldWhatIsLeft();
        compareAll();
    }

    /** The last operations, to find out what went wrong. */
    String lastOperations() {
        return "step " + step + ", last operations:\n  " + String.join("\n  ", log);
    }

    /** How often the scripts gave each kind of answer. */
    Map<String, Integer> answersSeen() {
        return answersSeen;
    }

    private void see(Object answer) {
        answersSeen.merge(answer.getClass().getSimpleName(), 1, Integer::sum);
    }

    private void note(String operation) {
        if (log.size() == LOGGED) {
            log.removeFirst();
        }
        log.add(operation);
    }

    private void doSomething() {
        int partition = random.nextInt(KEYSPACE.partitions());
        String consumer = CONSUMERS.get(random.nextInt(CONSUMERS.size()));
        int dice = random.nextInt(102);
        if (dice < 34) {
            admit(partition);
        } else if (dice < 50) {
            readNew(consumer, 1 + random.nextInt(4));
        } else if (dice < 60) {
            readOwn(consumer, partition);
        } else if (dice < 78) {
            foldRemembered(consumer, partition);
        } else if (dice < 82) {
            deadLetter(consumer, partition);
        } else if (dice < 86) {
            claim(consumer, partition);
        } else if (dice < 88) {
            removeConsumers(consumer, partition);
        } else if (dice < 91) {
            note("forget the scripts");
            redis.command("SCRIPT", "FLUSH");
        } else if (dice < 95) {
            deleteFromOutside(partition);
        } else if (dice < 97) {
            appendNewerVersion(partition);
        } else if (dice < 99) {
            reset(partition);
        } else if (dice < 101) {
            deleteSeries(partition);
        } else {
            note("reconnect " + consumer);
            connect(consumer);
        }
    }

    private void connect(String consumer) {
        FoldConnection connection = redis.closedAfterwards(
                FoldConnection.open(redis.topology(KEYSPACE).node(), consumer));
        connection.createGroups();
        FoldConnection before = consumers.put(consumer, connection);
        if (before != null) {
            before.close();
        }
    }

    private FoldConnection connection(String consumer) {
        return Objects.requireNonNull(consumers.get(consumer));
    }

    // Admission.

    private void admit(int partition) {
        ReferenceStore store = reference.get(partition);
        List<TenantId> tenants = tenantsOf(partition);
        List<RandomRequest> group = new ArrayList<>();
        int size = 1 + random.nextInt(4);
        for (int i = 0; i < size; i++) {
            TenantId tenant =
                    RandomRequest.isRace(step) ? tenants.getFirst() : tenants.get(random.nextInt(tenants.size()));
            Optional<AdmissionAnswer.Stored> known =
                    Optional.ofNullable(learnt.get(tenant)).map(Learnt::answer);
            group.add(RandomRequest.of(random, tenant, known, store.tenant(tenant.toString()), step));
        }
        note("admit " + group);
        List<AdmissionAnswer> answers = admission
                .call(
                        partition,
                        MemoryPressure.NONE,
                        group.stream().map(RandomRequest::request).toList())
                .await()
                .indefinitely(); // the connection has a deadline
        // A group is no more than its requests one after the other.
        Map<TenantId, Learnt> before = Map.copyOf(learnt);
        for (int i = 0; i < size; i++) {
            compareAnswer(store, group.get(i), answers.get(i), before);
        }
        learnIds(partition);
    }

    private void compareAnswer(
            ReferenceStore store, RandomRequest asked, AdmissionAnswer answer, Map<TenantId, Learnt> before) {
        ReferenceTenant tenant = store.tenant(asked.tenant().toString());
        Optional<Learnt> named =
                asked.namesEpoch() ? Optional.of(Objects.requireNonNull(before.get(asked.tenant()))) : Optional.empty();
        List<Set<String>> right = tenant.admit(asked.request(), named.map(Learnt::epoch));
        List<String> said = words(answer);
        assertThat(said).as("answer to %s, where right is %s", asked, right).hasSameSizeAs(right);
        see(answer);
        if (answer instanceof AdmissionAnswer.FamiliesDiffer differ) {
            differ.differences().forEach(this::see);
        }
        for (int i = 0; i < said.size(); i++) {
            assertThat(said.get(i)).as("answer to %s", asked).isIn(right.get(i));
        }
        switch (answer) {
            case AdmissionAnswer.Stored stored -> {
                for (int i = 0; i < asked.entries().size(); i++) {
                    store.append(new ReferenceStore.Entry(
                            Optional.of(asked.tenant().toString()),
                            asked.entries().get(i),
                            asked.request().entries().get(i)));
                }
                Learnt now = new Learnt(stored, tenant.epoch());
                Learnt earlier = learnt.put(asked.tenant(), now);
                if (earlier != null && earlier.epoch() == now.epoch()) {
                    assertThat(now).as("epoch of %s", asked.tenant()).isEqualTo(earlier);
                }
            }
            case AdmissionAnswer.EpochChanged changed -> learnt.remove(asked.tenant());
            default -> {}
        }
    }

    private static List<String> words(AdmissionAnswer answer) {
        if (answer instanceof AdmissionAnswer.FamiliesDiffer(List<FamilyDifference> differences)) {
            return differences.stream().map(RandomProgramme::words).toList();
        }
        return List.of(
                switch (answer) {
                    case AdmissionAnswer.Stored stored -> "stored";
                    case AdmissionAnswer.Replay(KeptAnswer.Counted first) -> "replay " + first.accepted();
                    case AdmissionAnswer.KeyReused reused -> "key reused";
                    case AdmissionAnswer.Nothing nothing -> "nothing";
                    case AdmissionAnswer.EpochChanged changed -> "epoch changed";
                    case AdmissionAnswer.OverSeriesLimit over ->
                        "over the series limit: " + over.ofTenant() + ", of the family: " + over.ofFamily();
                    case AdmissionAnswer.OverRate over -> "over the rate of " + over.unit();
                    case AdmissionAnswer.BacklogFull full -> "backlog full";
                    default -> answer.toString(); // nothing else is ever right here
                });
    }

    private static String words(FamilyDifference difference) {
        return switch (difference) {
            case FamilyDifference.Exists(int place, byte[] row) ->
                place + " is " + HexFormat.of().formatHex(row);
            case FamilyDifference.Clashes(int place, String other) -> place + " clashes with " + other;
            case FamilyDifference.NoRoom(int place) -> place + " has no room";
        };
    }

    /** Asks Redis for the ids of what was just appended. */
    private void learnIds(int partition) {
        List<ReferenceStore.Entry> appended = reference.get(partition).entriesWithoutId();
        String after = lastIds.getOrDefault(partition, "0-0");
        List<?> rows =
                (List<?>) Objects.requireNonNull(redis.command("XRANGE", KEYSPACE.stream(partition), "(" + after, "+"));
        assertThat(rows).as("entries appended").hasSameSizeAs(appended);
        for (int i = 0; i < rows.size(); i++) {
            String id = String.valueOf(((List<?>) rows.get(i)).getFirst());
            ReferenceStore.learnId(appended.get(i), EntryId.parse(id));
            lastIds.put(partition, id);
        }
    }

    // Reading.

    private void readNew(String consumer, int count) {
        if (reference.stream().noneMatch(ReferenceStore::hasUnread)) {
            return; // it would wait
        }
        note("readNew " + consumer + " " + count);
        Map<Integer, List<String>> right = new TreeMap<>();
        for (int partition = 0; partition < KEYSPACE.partitions(); partition++) {
            List<ReadEntry> entries = reference.get(partition).readNew(consumer, count);
            if (!entries.isEmpty()) {
                right.put(partition, words(entries));
                remember(consumer, partition, entries);
            }
        }

        Map<Integer, List<String>> read = new TreeMap<>();
        connection(consumer).readNew(count).forEach((partition, entries) -> read.put(partition, words(entries)));

        assertThat(read).isEqualTo(right);
    }

    private void readOwn(String consumer, int partition) {
        List<ReadEntry> remembered =
                remembered(consumer, partition).stream().flatMap(List::stream).toList();
        EntryId after = remembered.isEmpty() || random.nextInt(3) > 0
                ? EntryId.NONE
                : remembered.get(random.nextInt(remembered.size())).id();
        int count = 1 + random.nextInt(8);
        note("readOwn " + consumer + " partition " + partition + " after " + after + " " + count);

        List<ReadEntry> read = connection(consumer).readOwn(partition, after, count);

        List<ReadEntry> right = reference.get(partition).readOwn(consumer, after, count);
        assertThat(words(read)).isEqualTo(words(right));
        remember(consumer, partition, right);
    }

    private static List<String> words(List<ReadEntry> entries) {
        return entries.stream()
                .map(entry -> entry.id() + " "
                        + entry.payload().map(HexFormat.of()::formatHex).orElse("gone"))
                .toList();
    }

    private List<List<ReadEntry>> remembered(String consumer, int partition) {
        return memories.computeIfAbsent(consumer + partition, any -> new ArrayList<>());
    }

    private void remember(String consumer, int partition, List<ReadEntry> entries) {
        List<List<ReadEntry>> memory = remembered(consumer, partition);
        memory.addFirst(entries);
        if (memory.size() > MEMORY) {
            memory.removeLast();
        }
    }

    // Folding.

    /** Folds a batch as it was read, a part of it, or several together; the newest mostly. */
    private void foldRemembered(String consumer, int partition) {
        List<List<ReadEntry>> memory = remembered(consumer, partition);
        if (memory.isEmpty()) {
            return;
        }
        int first = random.nextInt(3) > 0 ? 0 : random.nextInt(memory.size());
        int last = random.nextInt(3) > 0 ? first + 1 : Math.min(memory.size(), first + 3);
        Map<EntryId, ReadEntry> batch = new TreeMap<>();
        for (List<ReadEntry> each : memory.subList(first, last)) {
            if (each.isEmpty()) {
                break; // a reset between two reads: one batch never holds entries from before and after it
            }
            each.stream().filter(RandomProgramme::canBeMerged).forEach(entry -> batch.put(entry.id(), entry));
        }
        List<ReadEntry> entries = new ArrayList<>(batch.values());
        if (random.nextInt(3) == 0) {
            entries.removeIf(entry -> random.nextInt(3) == 0);
        }
        if (entries.isEmpty()) {
            return;
        }
        fold(consumer, partition, entries);
        if (random.nextInt(4) == 0) {
            fold(consumer, partition, entries); // a fold that arrives twice
        }
    }

    private static boolean canBeMerged(ReadEntry entry) {
        return entry.payload()
                .filter(payload -> EntryReader.version(payload) <= EntryWriter.VERSION)
                .isPresent();
    }

    private void fold(String consumer, int partition, List<ReadEntry> entries) {
        List<EntryId> ids = entries.stream().map(ReadEntry::id).toList();
        note("fold " + consumer + " partition " + partition + " " + ids);
        List<ReadEntry> shuffled = new ArrayList<>(entries);
        Collections.shuffle(shuffled, random);
        FoldBatch batch = new FoldBatch();
        try {
            for (ReadEntry entry : shuffled) {
                batch.add(entry.id(), entry.payload().orElseThrow());
            }
        } catch (MalformedEntryException e) {
            throw new AssertionError(e);
        }

        FoldAnswer answer = connection(consumer).fold(partition, batch, any -> SeriesExpiry.NEVER);

        see(answer);
        assertThat(answer).isEqualTo(reference.get(partition).fold(consumer, ids));
        if (answer instanceof FoldAnswer.Folded) {
            compare(partition); // before a newer gauge hides what this fold did
        }
    }

    private void deadLetter(String consumer, int partition) {
        List<ReadEntry> entries = remembered(consumer, partition).stream()
                .flatMap(List::stream)
                .filter(entry -> entry.payload().isEmpty() || canBeMerged(entry))
                .toList();
        if (entries.isEmpty()) {
            return;
        }
        List<ReadEntry> gone =
                entries.stream().filter(entry -> entry.payload().isEmpty()).toList();
        // Entries that are gone are what the fold loop moves to the dead letters most often.
        List<ReadEntry> candidates = gone.isEmpty() || random.nextBoolean() ? entries : gone;
        ReadEntry entry = candidates.get(random.nextInt(candidates.size()));
        note("dead-letter " + consumer + " partition " + partition + " " + entry.id());

        DeadLetterResult result = connection(consumer)
                .deadLetter(partition, entry, new DeadLetterReason(DeadLetterReason.MALFORMED, "at random"));

        answersSeen.merge("dead-letter " + result.getClass().getSimpleName(), 1, Integer::sum);
        assertThat(result).isEqualTo(reference.get(partition).deadLetter(consumer, entry.id()));
    }

    private void claim(String consumer, int partition) {
        boolean isTooSoon = random.nextInt(4) == 0;
        note("claim " + consumer + " partition " + partition + (isTooSoon ? " too soon" : ""));

        Claims claims = connection(consumer).claim(partition, isTooSoon ? LONG : Duration.ZERO);

        answersSeen.merge("claimed", claims.claimed(), Integer::sum);
        answersSeen.merge("unreadable", claims.unreadable(), Integer::sum);
        answersSeen.merge("lost", claims.lost(), Integer::sum);
        assertThat(claims)
                .isEqualTo(
                        isTooSoon
                                ? new Claims(0, 0, 0)
                                : reference.get(partition).claim(consumer));
    }

    /** Changes nothing that is compared: entries stay pending for the same consumers. */
    private void removeConsumers(String consumer, int partition) {
        if (random.nextBoolean()) {
            note("remove idle, by " + consumer + ", partition " + partition);
            connection(consumer).removeIdleConsumers(partition, Duration.ZERO);
        } else {
            note("leave " + consumer);
            connection(consumer).leave();
        }
        compareAll();
    }

    /** Folds all that can be folded, as the last consumer left would. */
    private void foldWhatIsLeft() {
        String consumer = CONSUMERS.getFirst();
        for (int partition = 0; partition < KEYSPACE.partitions(); partition++) {
            if (reference.get(partition).hasUnread()) {
                readNew(consumer, 100_000);
            }
        }
        for (int partition = 0; partition < KEYSPACE.partitions(); partition++) {
            note("claim " + consumer + " partition " + partition);
            assertThat(connection(consumer).claim(partition, Duration.ZERO))
                    .isEqualTo(reference.get(partition).claim(consumer));
            List<ReadEntry> own = reference.get(partition).readOwn(consumer, EntryId.NONE, 100_000);
            List<ReadEntry> entries =
                    own.stream().filter(RandomProgramme::canBeMerged).toList();
            if (!entries.isEmpty()) {
                fold(consumer, partition, entries);
            }
        }
    }

    /** Folds all that can be folded, and has the rest of the partition lost. */
    private void drain(int partition) {
        foldWhatIsLeft();
        reference.get(partition).stored().forEach(entry -> deleteFromOutside(partition, entry));
        for (String consumer : CONSUMERS) {
            note("claim " + consumer + " partition " + partition);
            assertThat(connection(consumer).claim(partition, Duration.ZERO))
                    .isEqualTo(reference.get(partition).claim(consumer));
        }
    }

    // What others do to Redis.

    private void deleteFromOutside(int partition) {
        List<ReferenceStore.Entry> stored = reference.get(partition).stored();
        if (stored.isEmpty()) {
            return;
        }
        deleteFromOutside(partition, stored.get(random.nextInt(stored.size())));
    }

    private void deleteFromOutside(int partition, ReferenceStore.Entry entry) {
        note("delete from outside " + entry.id());
        redis.command("XDEL", KEYSPACE.stream(partition), entry.id().toString());
        ReferenceStore.deleteFromOutside(entry);
    }

    /** What a newer release would write. */
    private void appendNewerVersion(int partition) {
        note("append a newer version, partition " + partition);
        byte[] payload = {(byte) (EntryWriter.VERSION + 1), (byte) random.nextInt(100)};
        redis.append(KEYSPACE.stream(partition), "*", payload);
        reference.get(partition).append(new ReferenceStore.Entry(Optional.empty(), List.<Sample>of(), payload));
        learnIds(partition);
    }

    // Resetting, and deleting series.

    /** A tenant whose backlog can drain has its registry reset; another one's is left as it is. */
    private void reset(int partition) {
        TenantId tenant = tenantToRemoveFrom(partition);
        Optional<RemovalOutcome.Done> right = reference.get(partition).reset(tenant.toString());
        note("reset " + tenant + (right.isPresent() ? "" : ", which waits"));

        RemovalOutcome outcome = new RegistryReset(redis.topology(KEYSPACE), right.isPresent() ? LONG : Duration.ZERO)
                .reset(tenant, RegistryReset.Extent.KEEP);

        compareRemoval("reset", partition, tenant, outcome, right);
    }

    /** Likewise, for the series that one or two selectors select. */
    private void deleteSeries(int partition) {
        TenantId tenant = tenantToRemoveFrom(partition);
        Selected one = SELECTED.get(random.nextInt(SELECTED.size()));
        Selected two = SELECTED.get(random.nextInt(SELECTED.size()));
        Optional<RemovalOutcome.Done> right = reference
                .get(partition)
                .delete(tenant.toString(), one.isSelected().or(two.isSelected()));
        note("delete " + tenant + " " + one.selector() + " " + two.selector()
                + (right.isPresent() ? "" : ", which waits"));
        SeriesSelection selection;
        try {
            selection = new SeriesSelection(
                    List.of(SeriesSelector.parse(one.selector()), SeriesSelector.parse(two.selector())));
        } catch (MalformedSelectorException e) {
            throw new AssertionError(e);
        }

        RemovalOutcome outcome = new SeriesDeletion(redis.topology(KEYSPACE), right.isPresent() ? LONG : Duration.ZERO)
                .delete(tenant, selection);

        compareRemoval("delete", partition, tenant, outcome, right);
    }

    private TenantId tenantToRemoveFrom(int partition) {
        if (random.nextBoolean()) {
            drain(partition); // or hardly any removal would find nothing waiting
        }
        List<TenantId> tenants = tenantsOf(partition);
        return tenants.get(random.nextInt(tenants.size()));
    }

    private void compareRemoval(
            String kind, int partition, TenantId tenant, RemovalOutcome outcome, Optional<RemovalOutcome.Done> right) {
        ReferenceStore store = reference.get(partition);
        answersSeen.merge(kind + " " + outcome.getClass().getSimpleName(), 1, Integer::sum);
        if (right.isPresent()) {
            assertThat(outcome).isEqualTo(right.get());
            CONSUMERS.forEach(consumer -> remember(consumer, partition, List.of()));
        } else {
            assertThat(outcome)
                    .isEqualTo(new RemovalOutcome.OutOfTime(
                            store.tenant(tenant.toString()).backlog(), 0, 0));
        }
        compare(partition);
    }

    // What is stored.

    private void compareAll() {
        for (int partition = 0; partition < KEYSPACE.partitions(); partition++) {
            compare(partition);
        }
    }

    private void compare(int partition) {
        assertThat(StoredState.describe(
                        redis,
                        KEYSPACE,
                        partition,
                        tenantsOf(partition),
                        tenant -> reference
                                .get(partition)
                                .tenant(tenant.toString())
                                .isEstimated()))
                .as("partition " + partition)
                .containsExactlyElementsOf(reference.get(partition).describe());
    }

    private static List<TenantId> tenantsOf(int partition) {
        return TENANTS.stream()
                .filter(tenant -> KEYSPACE.partitionOf(tenant) == partition)
                .collect(Collectors.toList());
    }
}
