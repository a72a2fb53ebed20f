package dev.streamgauge.redis.admission;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyRow;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Calls the script on the only partition of a {@link RealRedis}, and says the answers in words, one a line. */
final class AdmissionDesk {

    static final Keyspace KEYSPACE = new Keyspace(1);

    private static final int PARTITION = 0;

    private final RealRedis redis;

    AdmissionDesk(RealRedis redis) {
        this.redis = redis;
    }

    /** One call with a group of requests: the answers. */
    String admit(Push... group) {
        return answers(group).stream().map(AdmissionDesk::words).collect(Collectors.joining("\n"));
    }

    List<AdmissionAnswer> answers(Push... group) {
        List<AdmissionRequest> requests = Arrays.stream(group).map(Push::build).toList();
        return new AdmissionScript(redis.links(), KEYSPACE)
                .call(PARTITION, requests)
                .await()
                .indefinitely(); // the link has a deadline
    }

    /** A field of a tenant's totals; empty if it has none. */
    Optional<Object> total(String tenant, String field) {
        return Optional.ofNullable(redis.command("HGET", KEYSPACE.tenantTotals(new TenantId(tenant)), field));
    }

    /** Entries in the stream. */
    long entries() {
        return redis.number("XLEN", KEYSPACE.stream(PARTITION));
    }

    private static String words(AdmissionAnswer answer) {
        return switch (answer) {
            case AdmissionAnswer.Stored stored -> "stored, epoch " + stored.epoch();
            case AdmissionAnswer.Replay replay -> "replay: " + new String(replay.answer(), StandardCharsets.UTF_8);
            case AdmissionAnswer.KeyReused reused -> "key reused";
            case AdmissionAnswer.Nothing nothing -> "nothing";
            case AdmissionAnswer.EpochChanged changed -> "epoch changed";
            case AdmissionAnswer.FamiliesDiffer families ->
                families.differences().stream()
                        .map(AdmissionDesk::words)
                        .collect(Collectors.joining(", ", "families differ: ", ""));
            case AdmissionAnswer.OverSeriesLimit over -> "over series limit: " + over.series();
            case AdmissionAnswer.OverRate over -> "over rate";
            case AdmissionAnswer.BacklogFull full -> "backlog full";
            case AdmissionAnswer.Broken broken -> "broken: " + broken.message();
        };
    }

    private static String words(AdmissionAnswer.FamilyDifference difference) {
        return switch (difference) {
            case AdmissionAnswer.FamilyDifference.Exists(int place, byte[] row) -> place + " is " + words(row);
            case AdmissionAnswer.FamilyDifference.Clashes(int place, String other) -> place + " clashes with " + other;
        };
    }

    private static String words(byte[] row) {
        Family family = FamilyRow.decode("any", row);
        return switch (family.type()) {
            case HISTOGRAM -> "histogram " + family.layout();
            case COUNTER, GAUGE, SUMMARY -> family.type().text();
        };
    }
}
