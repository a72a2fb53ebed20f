/**
 * All that a consumer does to its entries: {@link dev.streamgauge.redis.fold.FoldConnection} holds the protocol, and
 * names the class of each script. Read it first.
 */
@NullMarked
package dev.streamgauge.redis.fold;

import org.jspecify.annotations.NullMarked;
