/** Reading how much a tenant has and has sent: {@link dev.streamgauge.redis.usage.UsageReader}. */
@NullMarked
package dev.streamgauge.redis.usage;

import org.jspecify.annotations.NullMarked;
