/**
 * The real scripts against a plain-Java reference of what they must do: random programmes of operations, of which every
 * answer is compared, and now and then the whole state. {@link dev.streamgauge.redis.differential.ReferenceStore} says
 * what is right, and shares no code with the scripts. Read it first.
 */
@NullMarked
package dev.streamgauge.redis.differential;

import org.jspecify.annotations.NullMarked;
