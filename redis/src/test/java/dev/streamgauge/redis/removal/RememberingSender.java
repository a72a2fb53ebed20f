package dev.streamgauge.redis.removal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionRequest;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.admission.Push;
import dev.streamgauge.redis.admission.TenantEpoch;
import dev.streamgauge.redis.topology.RedisTopology;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A tenant's sender, as an ingest process that registers only what it has not seen registered in this epoch. */
public final class RememberingSender {

    private static final int PARTITION = 0;

    private final AdmissionScript script;
    private final String tenant;
    private final Set<AdmissionRequest.NewSeries> series = new HashSet<>();
    private final Set<String> families = new HashSet<>();
    private Optional<TenantEpoch> epoch = Optional.empty();

    public RememberingSender(RedisTopology topology, String tenant) {
        this.script = new AdmissionScript(topology, AdmissionTerms.DEFAULTS);
        this.tenant = tenant;
    }

    /** Sends a request once, and again if only the memory was outdated. */
    public AdmissionAnswer send(Sample... samples) {
        AdmissionRequest whole = Push.of(tenant, samples);
        AdmissionAnswer answer = ask(whole);
        if (answer instanceof AdmissionAnswer.EpochChanged) {
            epoch = Optional.empty();
            families.clear();
            series.clear();
            answer = ask(whole);
        }
        if (answer instanceof AdmissionAnswer.Stored stored) {
            assertThat(epoch.orElse(stored.epoch())).isEqualTo(stored.epoch());
            epoch = Optional.of(stored.epoch());
            whole.newFamilies().forEach(family -> families.add(family.name()));
            series.addAll(whole.newSeries());
        }
        return answer;
    }

    private AdmissionAnswer ask(AdmissionRequest whole) {
        AdmissionRequest request = new AdmissionRequest(
                whole.tenant(),
                whole.limits(),
                whole.idempotency(),
                whole.answer(),
                whole.samples(),
                whole.charge(),
                epoch,
                whole.newFamilies().stream()
                        .filter(family -> !families.contains(family.name()))
                        .toList(),
                whole.newSeries().stream()
                        .filter(each -> !series.contains(each))
                        .toList(),
                whole.entries());
        return script.call(PARTITION, MemoryPressure.NONE, List.of(request))
                .await()
                .indefinitely() // the connection has a deadline
                .getFirst();
    }
}
