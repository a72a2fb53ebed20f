/**
 * What is kept of the answer to a push for repetitions with the same {@code Idempotency-Key}. Read {@link
 * dev.streamgauge.core.idempotency.KeptAnswer} first. Depends on the JDK and on the samples' rejections only.
 */
@NullMarked
package dev.streamgauge.core.idempotency;

import org.jspecify.annotations.NullMarked;
