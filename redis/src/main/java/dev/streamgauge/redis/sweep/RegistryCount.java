package dev.streamgauge.redis.sweep;

/**
 * The estimated bytes of a registry, as one sweep counts them.
 *
 * @param left bytes of the families and series that the sweep has left
 * @param before bytes of the registry before the sweep, as they were known, without those that it removed
 */
public record RegistryCount(long left, long before) {

    /** Nothing counted yet, of a registry of so many bytes. */
    public static RegistryCount startingFrom(long registryBytes) {
        return new RegistryCount(0, registryBytes);
    }

    /** With one more page. */
    public RegistryCount plus(SweptPage page) {
        return new RegistryCount(left + page.bytesLeft(), Math.max(0, before - page.bytesRemoved()));
    }
}
