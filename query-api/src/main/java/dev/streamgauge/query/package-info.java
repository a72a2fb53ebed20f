/**
 * The role that renders the registries for Prometheus to scrape.
 *
 * <p>A request goes from {@link dev.streamgauge.query.ScrapeRoutes}, which asks {@link
 * dev.streamgauge.query.FamilyLookups} for the named families that exist, to {@link dev.streamgauge.query.ScrapeCoalescer},
 * which lets it join a {@link dev.streamgauge.query.CoalescedScrape} or starts one. {@link
 * dev.streamgauge.query.RegistryRenderer} reads Redis and writes chunks on a virtual thread, and {@link
 * dev.streamgauge.query.ScrapeResponse} sends them on the client's event loop. Depends on server, redis and core. Read
 * {@link dev.streamgauge.query.CoalescedScrape} first.
 */
@NullMarked
package dev.streamgauge.query;

import org.jspecify.annotations.NullMarked;
