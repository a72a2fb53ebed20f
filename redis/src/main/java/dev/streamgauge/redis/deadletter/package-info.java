/**
 * Reading a tenant's dead letters, samples that were accepted and could not be counted:
 * {@link dev.streamgauge.redis.deadletter.DeadLetterReader}.
 */
@NullMarked
package dev.streamgauge.redis.deadletter;

import org.jspecify.annotations.NullMarked;
