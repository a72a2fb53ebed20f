/**
 * Tells Prometheus which tenants there are to scrape, by HTTP service discovery: {@link
 * dev.streamgauge.query.discovery.DiscoveryResource}.
 *
 * <p>Depends on server, and on the configuration of the role beside it.
 */
@NullMarked
package dev.streamgauge.query.discovery;

import org.jspecify.annotations.NullMarked;
