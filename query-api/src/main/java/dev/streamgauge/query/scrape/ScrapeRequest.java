package dev.streamgauge.query.scrape;

import dev.streamgauge.core.exposition.ExpositionFormat;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.negotiation.ContentCoding;
import java.util.Set;

/**
 * What a scrape asks for. Equal requests have equal answers, so they may share a coalesced scrape.
 *
 * @param tenant the tenant whose registry is read
 * @param names the families to show, whether they exist or not; empty means all
 * @param format what the body is written in
 * @param coding how the body is encoded
 * @param hasFirstZero whether new series that count up are shown as 0, for the time that the tenant's limits say
 */
public record ScrapeRequest(
        TenantId tenant, Set<String> names, ExpositionFormat format, ContentCoding coding, boolean hasFirstZero) {

    public ScrapeRequest {
        names = Set.copyOf(names);
    }
}
