/**
 * Dead letters, samples that were accepted and could not be counted. {@link
 * dev.streamgauge.redis.deadletter.DeadLetterEntryScript} writes them, {@link
 * dev.streamgauge.redis.deadletter.DeadLetterReader} reads those of a tenant.
 */
@NullMarked
package dev.streamgauge.redis.deadletter;

import org.jspecify.annotations.NullMarked;
