/**
 * The role that renders the registries for Prometheus to scrape, and shows each tenant its usage and dead letters. This
 * package has what its rooms share: the settings, and the errors of requests.
 *
 * <p>A scrape goes through {@code routes}, {@code scrape} and {@code rendering}. Depends on server, redis and core. Read
 * {@link dev.streamgauge.query.QueryConfig} first.
 */
@NullMarked
package dev.streamgauge.query;

import org.jspecify.annotations.NullMarked;
