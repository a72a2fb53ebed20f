/**
 * The texts of the scripts, with the files of {@code scripts/lib} that they include; its {@code README.md} has the
 * rules. Depends on the JDK alone.
 */
@NullMarked
package dev.streamgauge.redis.script;

import org.jspecify.annotations.NullMarked;
