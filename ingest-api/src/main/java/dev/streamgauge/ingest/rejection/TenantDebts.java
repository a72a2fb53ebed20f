package dev.streamgauge.ingest.rejection;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.TwoGenerationCache;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Tenants that have used up their ingestion rate for some time to come, as Redis has said. Their requests are rejected
 * before their bodies are read. Bounded: a tenant that was forgotten is rejected by Redis. Thread-safe.
 */
@Singleton
public final class TenantDebts {

    private static final int MAX_TENANTS = 20_000;

    private final TwoGenerationCache<TenantId, Long> endNanos = new TwoGenerationCache<>(MAX_TENANTS / 2);

    /** Monotonic: a clock that steps back must not prolong a debt. */
    private final LongSupplier nanoTime;

    @Inject
    TenantDebts() {
        this(System::nanoTime);
    }

    TenantDebts(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Notes how long a tenant will be in debt; zero if it is not. */
    public void note(TenantId tenant, Duration debt) {
        if (debt.isPositive()) {
            endNanos.put(tenant, nanoTime.getAsLong() + debt.toNanos());
        }
    }

    /** How long the tenant will be in debt, as far as this process knows; zero or negative if it is not. */
    public Duration debtOf(TenantId tenant) {
        Long end = endNanos.find(tenant);
        return end == null ? Duration.ZERO : Duration.ofNanos(end - nanoTime.getAsLong());
    }
}
