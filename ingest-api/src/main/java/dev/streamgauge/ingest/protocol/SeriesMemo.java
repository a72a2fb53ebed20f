package dev.streamgauge.ingest.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Remembers where a series was last seen registered, for what a protocol keeps about a series from one body to the
 * next: then its registration is not looked up by name and labels. A base class and not a part, because following one
 * more reference costs as much as parsing a sample. Thread-safe.
 */
public abstract class SeriesMemo {

    /** A time during which the series of a tenant stay registered. Compared by identity. */
    public abstract static class Epoch {}

    /** The epoch in which the series was last seen registered. A thread may see an older one, which costs a lookup. */
    private @Nullable Epoch registeredIn;

    /** Whether the series was seen registered in that epoch of its tenant. */
    @SuppressWarnings("ReferenceEquality") // equal epochs may be of different tenants
    public final boolean isRegisteredIn(Epoch epoch) {
        return registeredIn == epoch;
    }

    /** Notes that the series is registered in that epoch. If tenants share the memo, only the last epoch is kept. */
    public final void noteRegisteredIn(Epoch epoch) {
        registeredIn = epoch;
    }
}
