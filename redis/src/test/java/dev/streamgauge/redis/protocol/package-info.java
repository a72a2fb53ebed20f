/**
 * The fold protocol as a model small enough to visit every state of it: {@link dev.streamgauge.redis.protocol.Rules}
 * says what may happen, {@link dev.streamgauge.redis.protocol.World} what must never be. It uses nothing of the
 * product; where a script or the fold loop changes what they do, change the rule that names them. Read Rules first.
 */
@NullMarked
package dev.streamgauge.redis.protocol;

import org.jspecify.annotations.NullMarked;
