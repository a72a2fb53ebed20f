/**
 * How errors are answered: as problems of RFC 9457.
 *
 * <p>Depends on core alone. Read {@link dev.streamgauge.server.problems.Problem} first.
 */
@NullMarked
package dev.streamgauge.server.problems;

import org.jspecify.annotations.NullMarked;
