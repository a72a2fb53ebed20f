package dev.streamgauge.query;

import dev.streamgauge.core.tenant.TenantId;
import java.util.Set;

/**
 * What a scrape asks for. Equal requests have equal answers, so they may share a coalesced scrape.
 *
 * @param tenant the tenant whose registry is read
 * @param names the families to show, whether they exist or not; empty means all
 * @param coding how the body is encoded
 * @param hasFirstZero whether new series that count up are shown as 0, for the time that the tenant's limits say
 */
record ScrapeRequest(TenantId tenant, Set<String> names, ContentCoding coding, boolean hasFirstZero) {

    ScrapeRequest {
        names = Set.copyOf(names);
    }
}
