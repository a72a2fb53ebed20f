package dev.streamgauge.ingest.plain;

import dev.streamgauge.core.idempotency.KeptAnswer;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.core.validation.SampleRules;
import dev.streamgauge.core.validation.ValidationResult;
import dev.streamgauge.ingest.protocol.ParsedPush;
import dev.streamgauge.ingest.protocol.PushAnswer;
import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.ingest.protocol.PushProtocol;
import dev.streamgauge.ingest.protocol.PushResult;
import dev.streamgauge.ingest.protocol.RequestRejection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** {@code PUT /plain}: words, each the name of a counter that grows by 1. Answers in words too. */
public final class PlainProtocol implements PushProtocol {

    @Override
    public List<Endpoint> endpoints() {
        return List.of(new Endpoint(HttpMethod.PUT, "/plain"));
    }

    @Override
    public Parser parserFor(HttpServerRequest head) {
        return PlainProtocol::parse;
    }

    private static ParsedPush parse(byte[] body, TenantLimits limits, Instant now) {
        String[] words = new String(body, StandardCharsets.UTF_8).split(" ", -1);
        if (words.length > limits.maxSamplesPerRequest()) {
            return new ParsedPush.Rejected(
                    RequestRejection.of(413, PushError.MAX_SAMPLES_PER_REQUEST, "too many words"), words.length);
        }
        SampleRules rules = new SampleRules(limits, now);
        List<Sample> valid = new ArrayList<>();
        List<SampleRejection> rejected = new ArrayList<>();
        for (int i = 0; i < words.length; i++) {
            SampleDraft draft = new SampleDraft();
            draft.name(words[i]);
            draft.type("counter");
            draft.value(1);
            switch (rules.validate(i, draft)) {
                case Sample sample -> valid.add(sample);
                case ValidationResult.Rejected why -> rejected.add(why.rejection());
            }
        }
        return new ParsedPush.Samples(valid, rejected, index -> " (word " + (index + 1) + ")", List.of());
    }

    @Override
    public PushAnswer answer(PushResult result) {
        return switch (result) {
            case PushResult.Stored stored ->
                text(200, "stored " + stored.accepted().size() + messages(stored.rejected()));
            case PushResult.Replayed(KeptAnswer.Counted first) -> text(200, "stored " + first.accepted());
            case PushResult.Replayed(KeptAnswer.Rendered first) -> text(200, "stored");
            case PushResult.AllRejected all -> text(422, "stored none" + messages(all.rejected()));
            case PushResult.RequestRejected request ->
                text(request.rejection().status(), request.rejection().detail());
        };
    }

    private static String messages(List<SampleRejection> rejected) {
        return rejected.stream().map(each -> "; " + each.message()).collect(Collectors.joining());
    }

    private static PushAnswer text(int status, String text) {
        return new PushAnswer(status, "text/plain", text.getBytes(StandardCharsets.UTF_8));
    }
}
