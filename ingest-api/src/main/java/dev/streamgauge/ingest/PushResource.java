package dev.streamgauge.ingest;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.Refusal;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.Admission.Settled;
import dev.streamgauge.redis.admission.AdmissionRequest.Idempotency;
import dev.streamgauge.server.Problem;
import dev.streamgauge.server.StoreGate;
import dev.streamgauge.server.access.Callers;
import dev.streamgauge.server.access.Refused;
import dev.streamgauge.server.access.Verdict;
import dev.streamgauge.server.limits.TenantLimitsSource;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.ext.web.RoutingContext;
import jakarta.validation.Validator;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * {@code POST /api/v1/metrics}: stores pushed samples, and answers once Redis has them.
 *
 * <p>All of it runs on the event loop, but for large bodies, whose parsing would keep other requests waiting.
 */
@Path("/api/v1/metrics")
public class PushResource {

    /** Bodies beyond this are parsed elsewhere: about a quarter of a millisecond of parsing. */
    private static final int MAX_EVENT_LOOP_BYTES = 64 * 1024;

    private final StoreGate gate;
    private final Callers callers;
    private final TenantLimitsSource limits;
    private final IngestConfig config;
    private final Admission admission;
    private final PushMetrics metrics;
    private final DiscardedSamples discarded;
    private final Validator validator;
    private final InstantSource clock;

    public PushResource(
            StoreGate gate,
            Callers callers,
            TenantLimitsSource limits,
            IngestConfig config,
            Admission admission,
            PushMetrics metrics,
            DiscardedSamples discarded,
            Validator validator,
            InstantSource clock) {
        this.gate = gate;
        this.callers = callers;
        this.limits = limits;
        this.config = config;
        this.admission = admission;
        this.metrics = metrics;
        this.discarded = discarded;
        this.validator = validator;
        this.clock = clock;
    }

    @POST
    public Uni<Response> push(@Context RoutingContext context) {
        return Uni.createFrom()
                .deferred(() -> read(context))
                .onFailure(PushRefusedException.class)
                .recoverWithItem(this::refused);
    }

    private Uni<Response> read(RoutingContext context) {
        if (!gate.isOpen()) {
            throw PushRefusedException.forNow(
                    503, Reason.REDIS_UNAVAILABLE, "Redis: not reached yet, or shutting down", Duration.ofSeconds(1));
        }
        return callers.tenantOf(context.request(), Scope.INGEST).flatMap(verdict -> switch (verdict) {
            case Verdict.Known(TenantId tenant) -> read(context, tenant);
            case Verdict.Denied(Refused why) -> throw PushRefusedException.of(why);
        });
    }

    private Uni<Response> read(RoutingContext context, TenantId tenant) {
        TenantLimits allowed = limits.limitsOf(tenant);
        PushHeaders headers = PushHeaders.of(context.request().headers(), validator);
        return BodyReader.read(context, allowed.maxRequestBytes(), config.bodyTimeout())
                .flatMap(body -> {
                    Uni<byte[]> here = Uni.createFrom().item(body);
                    boolean large = headers.isGzip() || body.length > MAX_EVENT_LOOP_BYTES;
                    return large ? here.emitOn(Infrastructure.getDefaultWorkerPool()) : here;
                })
                .flatMap(body -> settle(tenant, allowed, headers, body));
    }

    private Uni<Response> settle(TenantId tenant, TenantLimits allowed, PushHeaders headers, byte[] sent) {
        byte[] body = headers.isGzip() ? GzipBody.decompress(sent, allowed.maxDecompressedBytes()) : sent;
        if (body.length > allowed.maxDecompressedBytes()) {
            throw new PushRefusedException(
                    413,
                    Reason.REQUEST_TOO_LARGE,
                    "body: more than " + allowed.maxDecompressedBytes() + " bytes; send it in parts");
        }
        Optional<Idempotency> idempotency =
                headers.idempotencyKey().map(key -> new Idempotency(key.value(), sha256(body)));
        Push push = judge(tenant, allowed, idempotency, parse(tenant, allowed, headers, body));
        return admission
                .settle(push)
                .map(settled -> answer(tenant, settled))
                .onFailure(PushRefusedException.class)
                .invoke(refused -> discardAll(push, refused));
    }

    /** Counts the samples of a request that was refused as a whole: those that had stood until then for its reason. */
    private void discardAll(Push push, PushRefusedException refused) {
        discarded.count(push.tenant(), push.refusals());
        discarded.count(push.tenant(), refused.reason(), push.standing());
    }

    private ParsedBody.Drafts parse(TenantId tenant, TenantLimits allowed, PushHeaders headers, byte[] body) {
        BodyParser parser = new BodyParser(allowed.maxSamplesPerRequest());
        return switch (headers.isLines() ? parser.parseLines(body) : parser.parseDocument(body)) {
            case ParsedBody.Drafts drafts -> drafts;
            case ParsedBody.Malformed malformed -> {
                discarded.count(tenant, malformed.reason(), malformed.samples());
                throw new PushRefusedException(malformed.status(), malformed.reason(), malformed.message());
            }
        };
    }

    private Push judge(
            TenantId tenant, TenantLimits allowed, Optional<Idempotency> idempotency, ParsedBody.Drafts drafts) {
        try {
            JudgedBody judged = JudgedBody.judge(drafts, allowed, clock.instant());
            return new Push(tenant, allowed, idempotency, judged.samples(), judged.refusals());
        } catch (PushRefusedException refused) {
            discarded.count(tenant, refused.reason(), drafts.samples().size());
            throw refused;
        }
    }

    private Response answer(TenantId tenant, Settled settled) {
        return switch (settled) {
            case Settled.Stored stored -> {
                discarded.count(tenant, stored.refusals());
                yield Response.accepted(stored.body())
                        .type(MediaType.APPLICATION_JSON_TYPE)
                        .build();
            }
            case Settled.Replayed replayed ->
                Response.accepted(replayed.body())
                        .type(MediaType.APPLICATION_JSON_TYPE)
                        .header("Idempotency-Replayed", "true")
                        .build();
            case Settled.AllRefused all -> {
                discarded.count(tenant, all.refusals());
                Refusal first = all.refusals().getFirst();
                yield Problem.of(400, first.reason(), first.message(), all.refusals())
                        .response();
            }
        };
    }

    private Response refused(PushRefusedException refusal) {
        metrics.rejectedRequest(refusal.reason());
        return refusal.response();
    }

    private static byte[] sha256(byte[] body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
