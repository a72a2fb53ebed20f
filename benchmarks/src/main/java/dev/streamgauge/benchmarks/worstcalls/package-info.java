/**
 * How long a call of a script can block Redis. Read {@link dev.streamgauge.benchmarks.worstcalls.WorstCallsBenchmark}
 * first.
 */
@NullMarked
package dev.streamgauge.benchmarks.worstcalls;

import org.jspecify.annotations.NullMarked;
