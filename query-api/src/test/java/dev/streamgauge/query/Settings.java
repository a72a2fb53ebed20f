package dev.streamgauge.query;

import java.time.Duration;
import java.util.Optional;

/** A configuration for tests that start no application. */
public record Settings(
        int maxConcurrentScrapes,
        int maxConcurrentScrapesPerTenant,
        int maxHeldBytes,
        Duration stallTimeout,
        Duration maxScrapeDuration)
        implements QueryConfig {

    /** The defaults except for the number of concurrent scrapes. */
    public static Settings concurrent(int maxConcurrentScrapes, int maxConcurrentScrapesPerTenant) {
        return new Settings(
                maxConcurrentScrapes,
                maxConcurrentScrapesPerTenant,
                8 << 20,
                Duration.ofSeconds(10),
                Duration.ofMinutes(2));
    }

    /** The defaults except for the number of held bytes. */
    public static Settings holding(int maxHeldBytes) {
        return new Settings(64, 16, maxHeldBytes, Duration.ofSeconds(10), Duration.ofMinutes(2));
    }

    @Override
    public Optional<String> sdTarget() {
        return Optional.empty();
    }
}
