/**
 * A tenant's usage: its series and samples, what was rejected, and how far folding is behind. {@link
 * dev.streamgauge.query.usage.UsageView} reads it; the resources show it as JSON and as metrics.
 *
 * <p>Depends on server, and not on the scrapes in the package above.
 */
@NullMarked
package dev.streamgauge.query.usage;

import org.jspecify.annotations.NullMarked;
