package dev.streamgauge.ingest.admission;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.protocol.ParsedPush;
import dev.streamgauge.redis.admission.AdmissionRequest.Idempotency;
import java.util.Optional;

/**
 * A parsed push that is to be admitted.
 *
 * @param limits what the tenant may send
 * @param idempotency the sender's key, if it gave one
 * @param parsed what the protocol has made of the body
 */
public record Push(
        TenantId tenant, TenantLimits limits, Optional<Idempotency> idempotency, ParsedPush.Samples parsed) {}
