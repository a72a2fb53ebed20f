package dev.streamgauge.redis.admission;

import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.admission.AdmissionAnswer.FamilyDifference;
import dev.streamgauge.redis.topology.RedisConnection;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.redis.topology.ServerRun;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calls {@code admit_requests.lua}: everything that the answers to a group of requests depend on, in one call. */
public final class AdmissionScript {

    /** How long an idempotency key is kept, from its first answer. */
    public static final Duration IDEMPOTENCY_WINDOW = Duration.ofMinutes(10);

    /** Any number of tenants may begin to exist. */
    public static final int ANY_TENANTS = Integer.MAX_VALUE;

    private static final RedisScript SCRIPT = RedisScript.load("admit_requests.lua");

    /** Matches no epoch in Redis: what was learned from another run of the server is outdated. */
    private static final String OTHER_RUN = "other-run";

    private final RedisTopology topology;
    private final Keyspace keyspace;
    private final AdmissionTerms terms;

    public AdmissionScript(RedisTopology topology, AdmissionTerms terms) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
        this.terms = terms;
    }

    /** Admits requests as below, whatever number of tenants begins to exist. */
    public Uni<List<AdmissionAnswer>> call(
            int partition, MemoryPressure memoryPressure, List<AdmissionRequest> requests) {
        return call(partition, memoryPressure, ANY_TENANTS, requests);
    }

    /**
     * Admits requests of tenants of one partition, in their order: the answers, one each.
     *
     * <p>Fails with {@link RedisFailure} for all of them. They may have been stored if it is of the kind {@code
     * UNREPLICATED}, or no {@linkplain RedisFailure#isAnswer answer}.
     *
     * @param newTenants how many tenants may begin to exist, or {@link #ANY_TENANTS}
     */
    public Uni<List<AdmissionAnswer>> call(
            int partition, MemoryPressure memoryPressure, int newTenants, List<AdmissionRequest> requests) {
        return topology.forPartition(partition)
                .onShared(connection -> SCRIPT.call(
                                connection::send,
                                arguments(partition, memoryPressure, newTenants, requests, connection.serverRun()))
                        .map(response -> answers(response, connection.serverRun()))
                        .flatMap(answers -> confirmed(connection, answers)));
    }

    /**
     * The answers, once a replica has stored the requests that they confirm. That includes repeated requests, whose
     * sender may have got no answer to the first. {@code WAIT} covers the writes of its own connection, so it must go
     * out on the same one.
     */
    private Uni<List<AdmissionAnswer>> confirmed(RedisConnection connection, List<AdmissionAnswer> answers) {
        boolean confirmsWrites = answers.stream()
                .anyMatch(
                        answer -> answer instanceof AdmissionAnswer.Stored || answer instanceof AdmissionAnswer.Replay);
        if (terms.replicaWait().isEmpty() || !confirmsWrites) {
            return Uni.createFrom().item(answers);
        }
        long waitMillis = terms.replicaWait().get().toMillis();
        return connection.send(Request.cmd(Command.WAIT).arg(1).arg(waitMillis)).map(replicas -> {
            if (RedisReply.number(replicas) < 1) {
                throw new RedisFailure(
                        RedisFailure.Kind.UNREPLICATED, "no replica has confirmed within " + waitMillis + " ms");
            }
            return answers;
        });
    }

    private RedisScript.Arguments arguments(
            int partition,
            MemoryPressure memoryPressure,
            int newTenants,
            List<AdmissionRequest> requests,
            ServerRun run) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.stream(partition));
        arguments.declare(keyspace.totals(partition));
        arguments.declare(keyspace.sweeps(partition));
        arguments.declare(keyspace.sizes(partition));
        arguments
                .add(IDEMPOTENCY_WINDOW.toMillis())
                .add(terms.maxPartitionBacklog())
                .add(memoryPressure.level().name())
                .add(memoryPressure.largeBytes())
                .add(terms.replicaWait().isPresent() ? "REPLICATED" : "ALONE")
                .add(newTenants == ANY_TENANTS ? "ANY" : Integer.toString(newTenants));
        Map<Sender, Integer> senders = new LinkedHashMap<>();
        for (AdmissionRequest request : requests) {
            senders.putIfAbsent(new Sender(request.tenant(), request.limits()), senders.size() + 1);
        }
        arguments.add(senders.size());
        senders.keySet().forEach(sender -> addSender(arguments, sender));
        arguments.add(requests.size());
        for (AdmissionRequest request : requests) {
            int sender = senders.getOrDefault(new Sender(request.tenant(), request.limits()), 0);
            addRequest(arguments, sender, request, run);
        }
        return arguments;
    }

    /** A tenant, with the limits that apply to a request: they may change between two requests. */
    private record Sender(TenantId tenant, TenantLimits limits) {

        /** Only by tenant: its limits seldom differ, and have some twenty numbers. */
        @Override
        public int hashCode() {
            return tenant.hashCode();
        }
    }

    private void addSender(RedisScript.Arguments arguments, Sender sender) {
        TenantLimits limits = sender.limits();
        arguments.add(ByteBuffer.allocate(2 * Integer.BYTES + 10 * Double.BYTES)
                .putInt(arguments.declare(keyspace.tenantTotals(sender.tenant())))
                .putInt(arguments.declare(keyspace.families(sender.tenant())))
                .putDouble(limits.maxGlobalSeriesPerUser())
                .putDouble(limits.maxGlobalSeriesPerMetric())
                .putDouble(limits.ingestionRate())
                .putDouble(limits.ingestionBurstSize())
                .putDouble(limits.requestRate())
                // Limits from several sources, each valid alone, may combine to a rate without a burst: 429 forever.
                .putDouble(Math.max(1, limits.requestBurstSize()))
                .putDouble(limits.maxBacklogEntries())
                .putDouble((double) limits.maxBacklogBytesPerUser())
                .putDouble((double) limits.maxRegistryBytesPerUser())
                .putDouble((double) limits.maxIdempotencyBytesPerUser())
                .array());
    }

    private void addRequest(RedisScript.Arguments arguments, int sender, AdmissionRequest request, ServerRun run) {
        int idempotencyKey = request.idempotency()
                .map(idempotency -> arguments.declare(keyspace.idempotency(request.tenant(), idempotency.key())))
                .orElse(0);
        arguments.add(ByteBuffer.allocate(8 * Integer.BYTES)
                .putInt(sender)
                .putInt(idempotencyKey)
                .putInt(request.samples())
                .putInt(request.charge().values())
                .putInt(request.charge().units())
                .putInt(request.newFamilies().size())
                .putInt(request.newSeries().size())
                .putInt(request.entries().size())
                .array());
        arguments.add(request.epoch()
                .map(known -> known.run().equals(run) ? known.number() : OTHER_RUN)
                .orElse("-"));
        request.idempotency()
                .ifPresent(idempotency -> arguments.add(idempotency.bodyHash()).add(request.answer()));
        if (request.samples() == 0 && request.lookups() > 0) {
            arguments.add(request.tenant().bytes());
        }
        request.newFamilies().forEach(family -> arguments.add(family.name()).add(family.row()));
        request.newSeries()
                .forEach(series -> arguments
                        .addKey(keyspace.family(request.tenant(), series.family()))
                        .add(series.labels().bytes()));
        request.entries().forEach(arguments::add);
    }

    private static List<AdmissionAnswer> answers(Response response, ServerRun run) {
        List<AdmissionAnswer> answers = new ArrayList<>(response.size());
        response.forEach(answer -> answers.add(answer(answer, run)));
        return answers;
    }

    private static AdmissionAnswer answer(Response answer, ServerRun run) {
        String tag = answer.get(0).toString();
        return switch (tag) {
            case "OK" ->
                new AdmissionAnswer.Stored(new TenantEpoch(run, answer.get(1).toString()));
            case "REPLAY" -> replay(answer);
            case "REUSED" -> new AdmissionAnswer.KeyReused();
            case "NOTHING" -> new AdmissionAnswer.Nothing();
            case "FENCED" -> new AdmissionAnswer.Fenced(Duration.ofMillis(RedisReply.number(answer, 1)));
            case "EPOCH" -> new AdmissionAnswer.EpochChanged();
            case "FAMILIES" -> new AdmissionAnswer.FamiliesDiffer(differences(answer));
            case "SERIES" ->
                new AdmissionAnswer.OverSeriesLimit(
                        places(answer, "tenant"), places(answer, "family"), places(answer, "bytes"));
            case "RATE" ->
                new AdmissionAnswer.OverRate(
                        unit(answer),
                        Duration.ofMillis(RedisReply.number(answer, 2)),
                        Duration.ofMillis(RedisReply.number(answer, 3)));
            case "BACKLOG" -> new AdmissionAnswer.BacklogFull(backlogUnit(answer));
            case "RECORDS" -> new AdmissionAnswer.OverRecordsLimit(Duration.ofMillis(RedisReply.number(answer, 1)));
            case "PARTITION" -> new AdmissionAnswer.PartitionBacklogFull();
            case "MEMORY" -> new AdmissionAnswer.UnderMemoryPressure(shortage(answer));
            case "TENANTS" -> new AdmissionAnswer.TooManyTenants();
            case "BROKEN" -> new AdmissionAnswer.Broken(answer.get(1).toString(StandardCharsets.UTF_8));
            default -> throw new IllegalStateException("unknown answer " + tag);
        };
    }

    private static AdmissionAnswer replay(Response answer) {
        return KeptAnswer.decode(answer.get(1).toString(), answer.get(2).toBytes())
                .<AdmissionAnswer>map(AdmissionAnswer.Replay::new)
                .orElseGet(() -> new AdmissionAnswer.Broken("malformed idempotency record"));
    }

    private static List<FamilyDifference> differences(Response answer) {
        List<FamilyDifference> differences = new ArrayList<>();
        for (int i = 1; i < answer.size(); i += 3) {
            int place = RedisReply.count(answer, i) - 1;
            String kind = answer.get(i + 1).toString();
            differences.add(
                    switch (kind) {
                        case "row" ->
                            new FamilyDifference.Exists(place, answer.get(i + 2).toBytes());
                        case "name" ->
                            new FamilyDifference.Clashes(
                                    place, answer.get(i + 2).toString());
                        case "bytes" -> new FamilyDifference.NoRoom(place);
                        default -> throw new IllegalStateException("unknown difference " + kind);
                    });
        }
        return differences;
    }

    private static AdmissionAnswer.BacklogUnit backlogUnit(Response answer) {
        String unit = answer.get(1).toString();
        return switch (unit) {
            case "entries" -> AdmissionAnswer.BacklogUnit.ENTRIES;
            case "bytes" -> AdmissionAnswer.BacklogUnit.BYTES;
            default -> throw new IllegalStateException("unknown unit " + unit);
        };
    }

    private static AdmissionAnswer.Shortage shortage(Response answer) {
        String who = answer.get(1).toString();
        return switch (who) {
            case "store" -> AdmissionAnswer.Shortage.OF_THE_STORE;
            case "tenant" -> AdmissionAnswer.Shortage.FOR_LARGE_TENANTS;
            case "growth" -> AdmissionAnswer.Shortage.FOR_GROWTH;
            case "begin" -> AdmissionAnswer.Shortage.FOR_NEW_TENANTS;
            default -> throw new IllegalStateException("unknown shortage " + who);
        };
    }

    private static AdmissionAnswer.RateUnit unit(Response answer) {
        String unit = answer.get(1).toString();
        return switch (unit) {
            case "samples" -> AdmissionAnswer.RateUnit.SAMPLES;
            case "requests" -> AdmissionAnswer.RateUnit.REQUESTS;
            default -> throw new IllegalStateException("unknown unit " + unit);
        };
    }

    private static List<Integer> places(Response answer, String limit) {
        List<Integer> places = new ArrayList<>();
        for (int i = 1; i < answer.size(); i += 2) {
            if (answer.get(i + 1).toString().equals(limit)) {
                places.add(RedisReply.count(answer, i) - 1);
            }
        }
        return places;
    }
}
