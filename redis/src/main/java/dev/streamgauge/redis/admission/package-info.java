/**
 * Storing requests: {@link dev.streamgauge.redis.admission.AdmissionScript} decides and appends in one call. Read it
 * first.
 */
@NullMarked
package dev.streamgauge.redis.admission;

import org.jspecify.annotations.NullMarked;
