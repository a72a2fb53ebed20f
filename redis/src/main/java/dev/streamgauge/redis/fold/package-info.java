/**
 * Reading entries and folding them: {@link dev.streamgauge.redis.fold.FoldConnection} holds the protocol. Read it
 * first.
 */
@NullMarked
package dev.streamgauge.redis.fold;

import org.jspecify.annotations.NullMarked;
