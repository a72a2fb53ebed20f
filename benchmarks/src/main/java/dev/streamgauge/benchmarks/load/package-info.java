/**
 * Load for a server on this machine: requests that are encoded before a round, a generator that takes little CPU, and
 * the answers that it got. Does not depend on the systems that are measured.
 */
@NullMarked
package dev.streamgauge.benchmarks.load;

import org.jspecify.annotations.NullMarked;
