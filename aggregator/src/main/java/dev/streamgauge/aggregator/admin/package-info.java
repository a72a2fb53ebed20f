/**
 * The admin API: tenants, their keys and limits, and the reset of a registry; and the deletion of series by their
 * tenant. It is served by the aggregator, the one role that no sender and no scraper needs to reach.
 *
 * <p>Read {@link dev.streamgauge.aggregator.admin.TenantAdministration} first: it has the operations. The resources map
 * requests to them. Depends on server; nothing depends on it.
 */
@NullMarked
package dev.streamgauge.aggregator.admin;

import org.jspecify.annotations.NullMarked;
