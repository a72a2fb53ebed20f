/**
 * Fixtures for the tests of all modules: real processes to run the product against, and ways to disturb them.
 *
 * <p>Depends on the JDK, the bundled redis-server and Quarkus' test life cycle, but on no module of ours, so that any
 * module's tests can use it. Read {@link dev.streamgauge.testkit.RedisServer} first.
 */
@NullMarked
package dev.streamgauge.testkit;

import org.jspecify.annotations.NullMarked;
