/**
 * Taking over the entries that other consumers have left, and keeping one's own: one class a script. Start with {@link
 * dev.streamgauge.redis.reclaim.ClaimEntriesScript}.
 */
@NullMarked
package dev.streamgauge.redis.reclaim;

import org.jspecify.annotations.NullMarked;
