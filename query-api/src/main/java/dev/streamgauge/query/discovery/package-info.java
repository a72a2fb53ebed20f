/**
 * HTTP service discovery: tells Prometheus which tenants to scrape, see {@link
 * dev.streamgauge.query.discovery.DiscoveryResource}.
 *
 * <p>Depends on server, and on the configuration of the query role.
 */
@NullMarked
package dev.streamgauge.query.discovery;

import org.jspecify.annotations.NullMarked;
