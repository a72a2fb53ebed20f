package dev.streamgauge.ingest.push;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.IngestConfig;
import dev.streamgauge.ingest.admission.Admission;
import dev.streamgauge.ingest.admission.Admission.PushResult;
import dev.streamgauge.ingest.admission.Push;
import dev.streamgauge.ingest.admission.ValidatedBody;
import dev.streamgauge.ingest.json.AnswerWriter;
import dev.streamgauge.ingest.json.BodyParser;
import dev.streamgauge.ingest.json.ParsedBody;
import dev.streamgauge.ingest.json.TemplateCache;
import dev.streamgauge.ingest.json.TemplateParser;
import dev.streamgauge.ingest.overload.BodyBudget;
import dev.streamgauge.ingest.overload.ParseQueue;
import dev.streamgauge.ingest.rejection.DiscardedSamples;
import dev.streamgauge.ingest.rejection.PushRejectedException;
import dev.streamgauge.ingest.rejection.RejectionCounter;
import dev.streamgauge.ingest.rejection.TenantDebts;
import dev.streamgauge.redis.admission.AdmissionRequest.Idempotency;
import dev.streamgauge.server.access.AuthenticationResult;
import dev.streamgauge.server.access.Authenticator;
import dev.streamgauge.server.limits.TenantLimitsSource;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.ProblemAnswers;
import dev.streamgauge.server.store.StartupCheck;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * {@code POST /api/v1/metrics}: stores pushed samples, and answers once Redis has them.
 *
 * <p>It runs on the event loop, except for the parsing of large and compressed bodies, which would keep other requests
 * waiting. It is
 * a plain Vert.x route with Vert.x futures, because Quarkus REST and a chain of Unis would double the cost of a small
 * push.
 */
@ApplicationScoped
public class PushRoute {

    private static final Logger LOG = Logger.getLogger(PushRoute.class);

    private static final String PATH = "/api/v1/metrics";

    private static final CharSequence APPLICATION_JSON = HttpHeaders.createOptimized("application/json");

    /** Larger bodies are parsed on a worker thread; parsing this many bytes takes about a quarter of a millisecond. */
    private static final int MAX_EVENT_LOOP_BYTES = 64 * 1024;

    /** A rejected body costs its tenant one unit of the rate for so many bytes; parsing them takes about a microsecond. */
    private static final int BYTES_OF_A_UNIT = 100;

    private final StartupCheck startupCheck;
    private final Authenticator authenticator;
    private final TenantLimitsSource limits;
    private final IngestConfig config;
    private final BodyBudget budget;
    private final ParseQueue parseQueue;
    private final Admission admission;
    private final TemplateCache templates;
    private final AnswerWriter answers;
    private final PushMetrics metrics;
    private final DiscardedSamples discarded;
    private final RejectionCounter rejections;
    private final TenantDebts debts;
    private final ProblemAnswers problems;
    private final InstantSource clock;

    PushRoute(
            StartupCheck startupCheck,
            Authenticator authenticator,
            TenantLimitsSource limits,
            IngestConfig config,
            BodyBudget budget,
            ParseQueue parseQueue,
            Admission admission,
            TemplateCache templates,
            AnswerWriter answers,
            PushMetrics metrics,
            DiscardedSamples discarded,
            RejectionCounter rejections,
            TenantDebts debts,
            ProblemAnswers problems,
            InstantSource clock) {
        this.startupCheck = startupCheck;
        this.authenticator = authenticator;
        this.limits = limits;
        this.config = config;
        this.budget = budget;
        this.parseQueue = parseQueue;
        this.admission = admission;
        this.templates = templates;
        this.answers = answers;
        this.metrics = metrics;
        this.discarded = discarded;
        this.rejections = rejections;
        this.debts = debts;
        this.problems = problems;
        this.clock = clock;
    }

    void register(@Observes Router router) {
        router.post(PATH).handler(this::push);
    }

    private void push(RoutingContext exchange) {
        long start = System.nanoTime();
        exchange.request().pause(); // until the body is read
        identify(exchange).onComplete(settled -> {
            if (settled.succeeded()) {
                answer(exchange, settled.result(), start);
            } else {
                reject(exchange, settled.cause(), start);
            }
        });
    }

    private Future<PushResult> identify(RoutingContext exchange) {
        if (!startupCheck.isOpen()) {
            return Future.failedFuture(PushRejectedException.forNow(
                    503, Reason.REDIS_UNAVAILABLE, "Redis: not reached yet, or shutting down", Duration.ofSeconds(1)));
        }
        return UniHelper.toFuture(authenticator.tenantOf(exchange.request(), Scope.INGEST))
                .compose(result -> switch (result) {
                    case AuthenticationResult.Known known -> read(exchange, known.tenant());
                    case AuthenticationResult.Denied denied ->
                        Future.failedFuture(PushRejectedException.of(denied.error()));
                });
    }

    private Future<PushResult> read(RoutingContext exchange, TenantId tenant) {
        TenantLimits allowed = limits.limitsOf(tenant);
        PushHeaders headers = PushHeaders.of(exchange.request().headers());
        Duration debt = debts.debtOf(tenant);
        if (debt.isPositive()) {
            return Future.failedFuture(PushRejectedException.forNow(
                    429,
                    Reason.TENANT_MAX_INGESTION_RATE,
                    "rate: over " + allowed.ingestionRate() + " values and look-ups/s with a burst of "
                            + allowed.ingestionBurstSize(),
                    debt));
        }
        BodyReader reader = new BodyReader(exchange, allowed.maxRequestBytes());
        BodyBudget.Lease lease = budget.open(tenant, reader::drop);
        return reader.read(lease, config.bodyTimeout())
                .compose(body -> {
                    boolean isLarge = headers.isGzip() || body.length > MAX_EVENT_LOOP_BYTES;
                    return isLarge
                            ? parseQueue.submit(tenant, () -> validateLarge(tenant, allowed, headers, body, lease))
                            : Future.succeededFuture(validate(tenant, allowed, headers, body, lease));
                })
                .compose(this::settle)
                .onComplete(done -> lease.close());
    }

    private Future<PushResult> settle(Push push) {
        return admission
                .settle(push)
                .onSuccess(settled -> {
                    if (settled instanceof PushResult.AllRejected && !push.isCharged()) {
                        charge(push.tenant(), push.limits(), push.bodyBytes());
                    }
                    discard(push.tenant(), settled);
                })
                .onFailure(thrown -> {
                    if (thrown instanceof PushRejectedException rejected) {
                        discardAll(push, rejected);
                    }
                });
    }

    private void discard(TenantId tenant, PushResult settled) {
        switch (settled) {
            case PushResult.Stored stored -> discarded.count(tenant, stored.rejections());
            case PushResult.AllRejected all -> discarded.count(tenant, all.rejections());
            case PushResult.Replayed replayed -> {
                // the first answer's samples were counted then
            }
        }
    }

    /**
     * Counts the samples of a request that was rejected as a whole; samples not rejected before count under its reason.
     */
    private void discardAll(Push push, PushRejectedException rejected) {
        discarded.count(push.tenant(), push.rejections());
        discarded.count(push.tenant(), rejected.reason(), push.standing());
    }

    /** Validates a body, whose samples take more memory than its text. */
    private Push validateLarge(
            TenantId tenant, TenantLimits allowed, PushHeaders headers, byte[] sent, BodyBudget.Lease lease) {
        Push push = validate(tenant, allowed, headers, sent, lease);
        if (!lease.resize(push.heapBytes())) {
            throw BodyReader.overloaded();
        }
        return push;
    }

    private Push validate(
            TenantId tenant, TenantLimits allowed, PushHeaders headers, byte[] sent, BodyBudget.Lease lease) {
        AtomicLong decompressed = new AtomicLong(sent.length);
        try {
            byte[] body = headers.isGzip()
                    ? GzipBody.decompress(sent, allowed.maxDecompressedBytes(), bytes -> {
                        decompressed.set(bytes);
                        return lease.resize(sent.length + bytes);
                    })
                    : sent;
            decompressed.set(body.length);
            return validate(tenant, allowed, headers, body);
        } catch (PushRejectedException rejected) {
            charge(tenant, allowed, decompressed.get());
            throw rejected;
        }
    }

    private Push validate(TenantId tenant, TenantLimits allowed, PushHeaders headers, byte[] body) {
        if (body.length > allowed.maxDecompressedBytes()) {
            throw new PushRejectedException(
                    413,
                    Reason.REQUEST_TOO_LARGE,
                    "body: more than " + allowed.maxDecompressedBytes() + " bytes; send it in parts");
        }
        Optional<Idempotency> idempotency =
                headers.idempotencyKey().map(key -> new Idempotency(key.value(), sha256(body)));
        Instant now = clock.instant();
        Optional<ValidatedBody> byTemplates = headers.isLines()
                ? TemplateParser.validateLines(templates, allowed, now, body)
                : TemplateParser.validateDocument(templates, allowed, now, body);
        ValidatedBody validated =
                byTemplates.orElseGet(() -> validate(tenant, allowed, parse(tenant, allowed, headers, body), now));
        return new Push(tenant, allowed, idempotency, validated, body.length);
    }

    /** Charges a tenant for a body that was rejected before Redis was asked. */
    private void charge(TenantId tenant, TenantLimits allowed, long decompressedBytes) {
        rejections.charge(tenant, allowed, decompressedBytes / BYTES_OF_A_UNIT);
    }

    private ParsedBody.Drafts parse(TenantId tenant, TenantLimits allowed, PushHeaders headers, byte[] body) {
        BodyParser parser = new BodyParser(allowed.maxSamplesPerRequest(), allowed.maxValuesPerRequest());
        return switch (headers.isLines() ? parser.parseLines(body) : parser.parseDocument(body)) {
            case ParsedBody.Drafts drafts -> drafts;
            case ParsedBody.Malformed malformed -> {
                discarded.count(tenant, malformed.reason(), malformed.samples());
                throw new PushRejectedException(malformed.status(), malformed.reason(), malformed.message());
            }
        };
    }

    private ValidatedBody validate(TenantId tenant, TenantLimits allowed, ParsedBody.Drafts drafts, Instant now) {
        try {
            return drafts.validate(allowed, now);
        } catch (PushRejectedException rejected) {
            discarded.count(tenant, rejected.reason(), drafts.samples().size());
            throw rejected;
        }
    }

    private void answer(RoutingContext exchange, PushResult settled, long start) {
        switch (settled) {
            case PushResult.Stored stored ->
                accept(exchange.response(), answers.accepted(stored.accepted(), stored.rejections()), start);
            case PushResult.Replayed replayed ->
                accept(
                        exchange.response().putHeader("Idempotency-Replayed", "true"),
                        answers.repeated(replayed.answer()),
                        start);
            case PushResult.AllRejected all -> {
                SampleRejection first = all.rejections().getFirst();
                measure(400, start);
                problems.send(exchange, Problem.of(400, first.reason(), first.message(), all.rejections()));
            }
        }
    }

    private void accept(HttpServerResponse response, byte[] body, long start) {
        measure(202, start);
        response.setStatusCode(202)
                .putHeader(HttpHeaders.CONTENT_TYPE, APPLICATION_JSON)
                .end(Buffer.buffer(body));
    }

    private void measure(int status, long start) {
        metrics.answered(status, Duration.ofNanos(System.nanoTime() - start));
    }

    private void reject(RoutingContext exchange, Throwable thrown, long start) {
        if (thrown instanceof PushRejectedException rejection) {
            metrics.rejectedRequest(rejection.reason());
            BodyReader.discardRest(exchange);
            measure(rejection.problem().status(), start);
            problems.send(exchange, rejection.problem(), rejection.headers());
        } else if (thrown instanceof HttpClosedException || thrown instanceof StreamResetException) {
            LOG.debugf("push state=abandoned message=%s", thrown.getMessage()); // the client has gone
        } else {
            measure(500, start);
            exchange.fail(thrown);
        }
    }

    private static byte[] sha256(byte[] body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
