/**
 * Load for a server on this machine: requests that are encoded before a round, a generator that takes little CPU, and
 * what it was answered. Knows nothing of who is measured.
 */
@NullMarked
package dev.streamgauge.benchmarks.load;

import org.jspecify.annotations.NullMarked;
