package dev.streamgauge.redis.admission;

import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.topology.ServerRun;
import io.smallrye.mutiny.Uni;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Calls the script on the only partition of a {@link RealRedis}. Gives the answers in words, one per line. */
final class AdmissionDesk {

    static final Keyspace KEYSPACE = new Keyspace(1);

    static final int PARTITION = 0;

    private final RealRedis redis;
    private final AdmissionTerms terms;

    AdmissionDesk(RealRedis redis) {
        this(redis, AdmissionTerms.DEFAULTS);
    }

    AdmissionDesk(RealRedis redis, AdmissionTerms terms) {
        this.redis = redis;
        this.terms = terms;
    }

    /** One call with a group of requests: the answers. */
    String admit(Push... group) {
        return answers(group).stream().map(AdmissionDesk::words).collect(Collectors.joining("\n"));
    }

    /** The answers under memory pressure. */
    String admitUnder(MemoryPressure memoryPressure, Push... group) {
        return answers(memoryPressure, group).stream().map(AdmissionDesk::words).collect(Collectors.joining("\n"));
    }

    /** The answers under memory pressure, if so many tenants may begin to exist. */
    String admitUnder(MemoryPressure memoryPressure, int tenants, Push... group) {
        return answers(memoryPressure, tenants, group).stream()
                .map(AdmissionDesk::words)
                .collect(Collectors.joining("\n"));
    }

    /** The answers if so many tenants may begin to exist. */
    String admitWithRoomFor(int tenants, Push... group) {
        return answers(MemoryPressure.NONE, tenants, group).stream()
                .map(AdmissionDesk::words)
                .collect(Collectors.joining("\n"));
    }

    List<AdmissionAnswer> answers(Push... group) {
        return answers(MemoryPressure.NONE, group);
    }

    private List<AdmissionAnswer> answers(MemoryPressure memoryPressure, Push... group) {
        return answers(memoryPressure, AdmissionScript.ANY_TENANTS, group);
    }

    private List<AdmissionAnswer> answers(MemoryPressure memoryPressure, int newTenants, Push... group) {
        List<AdmissionRequest> requests = Arrays.stream(group).map(Push::build).toList();
        return new AdmissionScript(redis.topology(KEYSPACE), terms)
                .call(PARTITION, memoryPressure, newTenants, requests)
                .await()
                .indefinitely(); // the connection has a deadline
    }

    /** The current epoch of a tenant, as ingest learns it from the server in use. */
    TenantEpoch epochOf(String tenant) {
        ServerRun run = redis.connections()
                .onShared(used -> Uni.createFrom().item(used.serverRun()))
                .await()
                .indefinitely();
        return new TenantEpoch(run, total(tenant, "epoch").orElse("0").toString());
    }

    /** A field of a tenant's totals; empty if it is missing. */
    Optional<Object> total(String tenant, String field) {
        return Optional.ofNullable(redis.command("HGET", KEYSPACE.tenantTotals(new TenantId(tenant)), field));
    }

    /** Entries in the stream. */
    long entries() {
        return redis.number("XLEN", KEYSPACE.stream(PARTITION));
    }

    private static String words(AdmissionAnswer answer) {
        return switch (answer) {
            case AdmissionAnswer.Stored stored -> "stored";
            case AdmissionAnswer.Replay replay -> "replay: " + words(replay.answer());
            case AdmissionAnswer.KeyReused reused -> "key reused";
            case AdmissionAnswer.Nothing nothing -> "nothing";
            case AdmissionAnswer.Fenced fenced ->
                "fenced for " + fenced.retryAfter().toMillis() + " ms";
            case AdmissionAnswer.EpochChanged changed -> "epoch changed";
            case AdmissionAnswer.FamiliesDiffer families ->
                families.differences().stream()
                        .map(AdmissionDesk::words)
                        .collect(Collectors.joining(", ", "families differ: ", ""));
            case AdmissionAnswer.OverSeriesLimit over ->
                "over series limit: " + over.ofTenant()
                        + (over.ofFamily().isEmpty() ? "" : " and of the family: " + over.ofFamily())
                        + (over.ofBytes().isEmpty() ? "" : " and in bytes: " + over.ofBytes());
            case AdmissionAnswer.OverRate over ->
                switch (over.unit()) {
                    case SAMPLES -> "over rate";
                    case REQUESTS -> "over request rate";
                };
            case AdmissionAnswer.BacklogFull full ->
                switch (full.unit()) {
                    case ENTRIES -> "backlog full";
                    case BYTES -> "backlog full in bytes";
                };
            case AdmissionAnswer.OverRecordsLimit over -> "over records limit";
            case AdmissionAnswer.PartitionBacklogFull full -> "partition backlog full";
            case AdmissionAnswer.UnderMemoryPressure memory -> "memory pressure: " + memory.shortage();
            case AdmissionAnswer.TooManyTenants many -> "too many tenants";
            case AdmissionAnswer.Broken broken -> "broken: " + broken.message();
        };
    }

    private static String words(KeptAnswer answer) {
        return switch (answer) {
            case KeptAnswer.Rendered rendered -> new String(rendered.body(), StandardCharsets.UTF_8);
            case KeptAnswer.Counted counted ->
                counted.errors().stream().map(KeptAnswer.KeptError::reason).collect(Collectors.joining(", "));
        };
    }

    private static String words(AdmissionAnswer.FamilyDifference difference) {
        return switch (difference) {
            case AdmissionAnswer.FamilyDifference.Exists exists -> exists.place() + " is " + words(exists.row());
            case AdmissionAnswer.FamilyDifference.Clashes clashes ->
                clashes.place() + " clashes with " + clashes.other();
            case AdmissionAnswer.FamilyDifference.NoRoom noRoom -> noRoom.place() + " has no room";
        };
    }

    private static String words(byte[] row) {
        Family family = FamilyCodec.decode("any", row);
        return family.aggregation() instanceof Histogram(BucketLayout layout)
                ? "histogram " + layout
                : family.type().text();
    }
}
