/**
 * What the tests of every module share: real processes to run the product against, and the means to hurt them.
 *
 * <p>Depends on the JDK, the bundled redis-server and Quarkus' test life cycle; on no module of ours, so that any
 * module's tests can use it. Read {@link dev.streamgauge.testkit.RedisServer} first.
 */
@NullMarked
package dev.streamgauge.testkit;

import org.jspecify.annotations.NullMarked;
