/**
 * What a tenant reads of itself: how much it has and has sent, what was rejected, and how far folding is behind. {@link
 * dev.streamgauge.query.usage.UsageView} gathers it; the two resources show it as JSON and as metrics.
 *
 * <p>Depends on server, not on the scrapes beside it.
 */
@NullMarked
package dev.streamgauge.query.usage;

import org.jspecify.annotations.NullMarked;
