package dev.streamgauge.ingest.push;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.IngestConfig;
import dev.streamgauge.ingest.admission.Admission;
import dev.streamgauge.ingest.admission.Push;
import dev.streamgauge.ingest.overload.BodyBudget;
import dev.streamgauge.ingest.overload.ParseQueue;
import dev.streamgauge.ingest.protocol.ParsedPush;
import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.ingest.protocol.PushProtocol;
import dev.streamgauge.ingest.protocol.PushRejectedException;
import dev.streamgauge.ingest.protocol.PushResult;
import dev.streamgauge.ingest.protocol.RequestRejection;
import dev.streamgauge.ingest.rejection.DiscardedSamples;
import dev.streamgauge.ingest.rejection.RejectionCounter;
import dev.streamgauge.ingest.rejection.TenantDebts;
import dev.streamgauge.redis.admission.AdmissionRequest.Idempotency;
import dev.streamgauge.server.access.AuthenticationResult;
import dev.streamgauge.server.access.Authenticator;
import dev.streamgauge.server.limits.TenantLimitsSource;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.server.store.StartupCheck;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * What happens to a push, whatever its protocol: it is authenticated, its body read within its limits, decompressed,
 * parsed by the protocol, admitted, and its rejected samples are counted. Samples are stored when the result is there.
 *
 * <p>It runs on the event loop, except for the parsing of large and compressed bodies, which would keep other requests
 * waiting. Thread-safe.
 */
@Singleton
final class PushPipeline {

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
    private final DiscardedSamples discarded;
    private final RejectionCounter rejections;
    private final TenantDebts debts;
    private final InstantSource clock;

    PushPipeline(
            StartupCheck startupCheck,
            Authenticator authenticator,
            TenantLimitsSource limits,
            IngestConfig config,
            BodyBudget budget,
            ParseQueue parseQueue,
            Admission admission,
            DiscardedSamples discarded,
            RejectionCounter rejections,
            TenantDebts debts,
            InstantSource clock) {
        this.startupCheck = startupCheck;
        this.authenticator = authenticator;
        this.limits = limits;
        this.config = config;
        this.budget = budget;
        this.parseQueue = parseQueue;
        this.admission = admission;
        this.discarded = discarded;
        this.rejections = rejections;
        this.debts = debts;
        this.clock = clock;
    }

    /**
     * Takes a push, whose request is paused. Fails only if the client has gone, or by a fault of ours; whatever else
     * is wrong is a result.
     */
    Future<PushResult> push(PushProtocol protocol, RoutingContext exchange) {
        if (!startupCheck.isOpen()) {
            return resultOf(new PushRejectedException(RequestRejection.forNow(
                    503,
                    RequestError.REDIS_UNAVAILABLE,
                    "Redis: not reached yet, or shutting down",
                    Duration.ofSeconds(1))));
        }
        return UniHelper.toFuture(authenticator.tenantOf(exchange.request(), Scope.INGEST))
                .compose(result -> switch (result) {
                    case AuthenticationResult.Known known -> push(protocol, exchange, known.tenant());
                    case AuthenticationResult.Denied denied ->
                        throw new PushRejectedException(RequestRejection.of(denied.error()));
                })
                .recover(PushPipeline::resultOf);
    }

    private Future<PushResult> push(PushProtocol protocol, RoutingContext exchange, TenantId tenant) {
        TenantLimits allowed = limits.limitsOf(tenant);
        PushHead head = PushHead.of(protocol, exchange.request());
        Duration debt = debts.debtOf(tenant);
        if (debt.isPositive()) {
            throw new PushRejectedException(RequestRejection.forNow(
                    429,
                    PushError.TENANT_MAX_INGESTION_RATE,
                    "rate: over " + allowed.ingestionRate() + " values and look-ups/s with a burst of "
                            + allowed.ingestionBurstSize(),
                    debt));
        }
        BodyReader reader = new BodyReader(exchange, allowed.maxRequestBytes());
        BodyBudget.Lease lease = budget.open(tenant, reader::drop);
        Run run = new Run(tenant, allowed, head, lease);
        return reader.read(lease, config.bodyTimeout())
                .compose(run::parse)
                .compose(admission::settle)
                .transform(run::end);
    }

    private static Future<PushResult> resultOf(Throwable thrown) {
        return thrown instanceof PushRejectedException rejected
                ? Future.succeededFuture(rejected.result())
                : Future.failedFuture(thrown);
    }

    /** A push of a known tenant. Used by one thread at a time. */
    private final class Run {

        private final TenantId tenant;
        private final TenantLimits allowed;
        private final PushHead head;

        /** Holds the memory of the body. */
        private final BodyBudget.Lease lease;

        /** Bytes of the body, as far as it was decompressed. */
        private long bodyBytes;

        private Run(TenantId tenant, TenantLimits allowed, PushHead head, BodyBudget.Lease lease) {
            this.tenant = tenant;
            this.allowed = allowed;
            this.head = head;
            this.lease = lease;
        }

        private Future<Push> parse(byte[] sent) {
            boolean isLarge = head.isGzip() || sent.length > MAX_EVENT_LOOP_BYTES;
            return isLarge ? parseQueue.submit(tenant, () -> parseLarge(sent)) : Future.succeededFuture(parseNow(sent));
        }

        /** Parses a body whose samples take more memory than its text. */
        private Push parseLarge(byte[] sent) {
            Push push = parseNow(sent);
            if (!lease.resize(push.parsed().heapBytes())) {
                throw BodyReader.overloaded();
            }
            return push;
        }

        private Push parseNow(byte[] sent) {
            bodyBytes = sent.length;
            try {
                return parseBody(head.isGzip() ? decompress(sent) : sent);
            } catch (PushRejectedException rejected) {
                charge();
                throw rejected;
            }
        }

        private byte[] decompress(byte[] sent) {
            return GzipBody.decompress(sent, allowed.maxDecompressedBytes(), bytes -> {
                bodyBytes = bytes;
                return lease.resize(sent.length + bytes);
            });
        }

        private Push parseBody(byte[] body) {
            bodyBytes = body.length;
            if (body.length > allowed.maxDecompressedBytes()) {
                throw new PushRejectedException(RequestRejection.of(
                        413,
                        RequestError.REQUEST_TOO_LARGE,
                        "body: more than " + allowed.maxDecompressedBytes() + " bytes; send it in parts"));
            }
            Optional<Idempotency> idempotency =
                    head.idempotencyKey().map(key -> new Idempotency(key.value(), sha256(body)));
            return switch (head.parser().parse(body, allowed, clock.instant())) {
                case ParsedPush.Samples samples -> new Push(tenant, allowed, idempotency, samples);
                case ParsedPush.Rejected rejected ->
                    throw new PushRejectedException(rejected.rejection(), rejected.samples());
            };
        }

        /** Ends the push, which is counted now. */
        private Future<PushResult> end(AsyncResult<PushResult> settled) {
            lease.close();
            Future<PushResult> ended =
                    settled.succeeded() ? Future.succeededFuture(settled.result()) : resultOf(settled.cause());
            if (ended.succeeded()) {
                if (ended.result() instanceof PushResult.AllRejected all && !all.isCharged()) {
                    charge();
                }
                discarded.count(tenant, ended.result());
            }
            return ended;
        }

        /** Charges the tenant for a body that was rejected before Redis was asked. */
        private void charge() {
            rejections.charge(tenant, allowed, bodyBytes / BYTES_OF_A_UNIT);
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
