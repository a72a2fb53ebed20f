/** Reading what became of samples that were accepted and could not be counted: {@link dev.streamgauge.redis.rejection.RejectionReader}. */
@NullMarked
package dev.streamgauge.redis.rejection;

import org.jspecify.annotations.NullMarked;
