/**
 * The real scripts against a plain-Java reference of what they must do, in random programmes of operations. Every
 * answer is compared, and from time to time the whole state. {@link dev.streamgauge.redis.differential.ReferenceStore}
 * says what is right, and shares no code with the scripts. Read it first.
 */
@NullMarked
package dev.streamgauge.redis.differential;

import org.jspecify.annotations.NullMarked;
