/**
 * The requests that Prometheus sends.
 *
 * <p>A request goes from {@link dev.streamgauge.query.routes.ScrapeRoutes}, which asks {@link
 * dev.streamgauge.query.routes.FamilyLookups} for the named families that exist, to {@link
 * dev.streamgauge.query.routes.ScrapeCoalescer}, which lets it join a scrape or starts one on a virtual thread. {@link
 * dev.streamgauge.query.routes.ScrapeResponse} sends the body on the client's event loop. Depends on server, {@code
 * rendering}, {@code scrape} and {@code share}. Read {@code ScrapeRoutes} first.
 */
@NullMarked
package dev.streamgauge.query.routes;

import org.jspecify.annotations.NullMarked;
