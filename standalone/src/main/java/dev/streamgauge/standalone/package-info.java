/**
 * The three roles in one process with an embedded Redis: wiring only.
 *
 * <p>{@link dev.streamgauge.standalone.StandaloneMain} is the class to read first. It starts an {@link
 * dev.streamgauge.standalone.embedded.EmbeddedRedis} on the data folder before Quarkus, and stops it after. May depend
 * on every other module; nothing depends on it.
 */
@NullMarked
package dev.streamgauge.standalone;

import org.jspecify.annotations.NullMarked;
