/**
 * The Redis that a standalone Streamgauge brings along: a real redis-server on the data folder, supervised.
 *
 * <p>Read {@link dev.streamgauge.standalone.embedded.EmbeddedRedis} first. Depends on the JDK, and on the settings'
 * annotations; it must work before Quarkus does.
 */
@NullMarked
package dev.streamgauge.standalone.embedded;

import org.jspecify.annotations.NullMarked;
