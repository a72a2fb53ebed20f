package dev.streamgauge.query;

import dev.streamgauge.server.settings.Matches;
import dev.streamgauge.server.settings.Range;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** The settings of the query role: {@code streamgauge.query.*}, or {@code STREAMGAUGE_QUERY_*} in the environment. */
@ConfigMapping(prefix = "streamgauge.query")
public interface QueryConfig {

    /** A host name, an IPv4 address or an IPv6 address in brackets; a port may follow. */
    String TARGET_PATTERN = "([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?";

    /**
     * Concurrent scrapes in this process; coalesced scrapes count once. Above it, a tenant with fewer scrapes gets the
     * place of a slow client, and others get 503.
     */
    @WithDefault("64")
    @Range(min = "1", max = "10000")
    int maxConcurrentScrapes();

    /** Concurrent scrapes of one tenant, so that no tenant can use up the limit of the process. */
    @WithDefault("16")
    @Range(min = "1", max = "10000")
    int maxConcurrentScrapesPerTenant();

    /**
     * Bytes of one scrape that may wait for its slowest client; beyond it, reading Redis waits too. All scrapes together
     * may hold a quarter of the heap, and each a quarter of what is left.
     */
    @WithDefault("8388608")
    @Range(min = "65536", max = "1073741824")
    int maxHeldBytes();

    /** How long a client may read nothing although data is ready; then its connection is reset. */
    @WithDefault("10s")
    @Range(min = "100ms")
    Duration stallTimeout();

    /** Maximum duration of a scrape; then its connection is reset. */
    @WithDefault("2m")
    @Range(min = "1s")
    Duration maxScrapeDuration();

    /** Address of this role for Prometheus, as discovery returns it; by default the host that the request names. */
    @Matches(pattern = TARGET_PATTERN, message = "must be a host, or host:port, without a scheme")
    Optional<String> sdTarget();
}
