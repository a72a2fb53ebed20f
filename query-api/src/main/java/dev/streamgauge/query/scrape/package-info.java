/**
 * One scrape: {@link dev.streamgauge.query.scrape.ScrapeRequest} is what a client asks for, and {@link
 * dev.streamgauge.query.scrape.CoalescedScrape} carries the body from the one thread that reads Redis to the clients with
 * equal requests. Depends on core and {@code share}. Read {@code CoalescedScrape} first.
 */
@NullMarked
package dev.streamgauge.query.scrape;

import org.jspecify.annotations.NullMarked;
