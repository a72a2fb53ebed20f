package dev.streamgauge.redis.admission;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisLinks;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.admission.AdmissionAnswer.FamilyDifference;
import dev.streamgauge.redis.admission.AdmissionRequest.Idempotency;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Calls {@code admit_requests.lua}: everything that the answers to a group of requests depend on, in one call. */
public final class AdmissionScript {

    /** How long an idempotency key is kept, from its first answer. */
    public static final Duration IDEMPOTENCY_WINDOW = Duration.ofMinutes(10);

    private static final RedisScript SCRIPT = RedisScript.load("admit_requests.lua");

    private final RedisLinks links;
    private final Keyspace keyspace;

    public AdmissionScript(RedisLinks links, Keyspace keyspace) {
        this.links = links;
        this.keyspace = keyspace;
    }

    /**
     * Admits requests of tenants of one partition, in their order: the answers, one each.
     *
     * <p>Fails with {@link RedisFailure} for all of them; unless that is an {@linkplain RedisFailure#isAnswer answer},
     * they may have been stored.
     */
    public Uni<List<AdmissionAnswer>> call(int partition, List<AdmissionRequest> requests) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.stream(partition));
        arguments.declare(keyspace.totals(partition));
        arguments.add(IDEMPOTENCY_WINDOW.toMillis()).add(requests.size());
        requests.forEach(request -> addRequest(arguments, request));
        return SCRIPT.call(links::send, arguments).map(AdmissionScript::answers);
    }

    private void addRequest(RedisScript.Arguments arguments, AdmissionRequest request) {
        arguments.addKey(keyspace.tenantTotals(request.tenant()));
        arguments.addKey(keyspace.families(request.tenant()));
        if (request.idempotency().isPresent()) {
            Idempotency idempotency = request.idempotency().get();
            arguments.addKey(keyspace.idempotency(request.tenant(), idempotency.key()));
            arguments.add(idempotency.bodyHash()).add(request.answer());
        } else {
            arguments.add(0).add("").add("");
        }
        arguments.add(request.samples());
        arguments.add(request.limits().maxGlobalSeriesPerUser());
        arguments.add(request.limits().ingestionRate());
        arguments.add(request.limits().ingestionBurstSize());
        arguments.add(request.limits().maxBacklogEntries());
        arguments.add(request.epoch().orElse("-"));
        arguments.add(request.newFamilies().size());
        request.newFamilies().forEach(family -> arguments.add(family.name()).add(family.row()));
        arguments.add(request.newSeries().size());
        request.newSeries()
                .forEach(series -> arguments
                        .addKey(keyspace.family(request.tenant(), series.family()))
                        .add(series.labels().bytes()));
        arguments.add(request.entries().size());
        request.entries().forEach(arguments::add);
    }

    private static List<AdmissionAnswer> answers(Response response) {
        List<AdmissionAnswer> answers = new ArrayList<>(response.size());
        response.forEach(answer -> answers.add(answer(answer)));
        return answers;
    }

    private static AdmissionAnswer answer(Response answer) {
        String tag = answer.get(0).toString();
        return switch (tag) {
            case "OK" -> new AdmissionAnswer.Stored(answer.get(1).toString());
            case "REPLAY" -> new AdmissionAnswer.Replay(answer.get(1).toBytes());
            case "REUSED" -> new AdmissionAnswer.KeyReused();
            case "NOTHING" -> new AdmissionAnswer.Nothing();
            case "EPOCH" -> new AdmissionAnswer.EpochChanged();
            case "FAMILIES" -> new AdmissionAnswer.FamiliesDiffer(differences(answer));
            case "SERIES" -> new AdmissionAnswer.OverSeriesLimit(places(answer));
            case "RATE" -> new AdmissionAnswer.OverRate(Duration.ofMillis(RedisReply.number(answer, 1)));
            case "BACKLOG" -> new AdmissionAnswer.BacklogFull();
            case "BROKEN" -> new AdmissionAnswer.Broken(answer.get(1).toString(StandardCharsets.UTF_8));
            default -> throw new IllegalStateException("unknown answer " + tag);
        };
    }

    private static List<FamilyDifference> differences(Response answer) {
        List<FamilyDifference> differences = new ArrayList<>();
        for (int i = 1; i < answer.size(); i += 3) {
            int place = RedisReply.count(answer, i) - 1;
            differences.add(
                    answer.get(i + 1).toString().equals("row")
                            ? new FamilyDifference.Exists(
                                    place, answer.get(i + 2).toBytes())
                            : new FamilyDifference.Clashes(
                                    place, answer.get(i + 2).toString()));
        }
        return differences;
    }

    private static List<Integer> places(Response answer) {
        List<Integer> places = new ArrayList<>(answer.size() - 1);
        for (int i = 1; i < answer.size(); i++) {
            places.add(RedisReply.count(answer, i) - 1);
        }
        return places;
    }
}
