/**
 * The systems that are measured side by side, each behind {@link dev.streamgauge.benchmarks.systems.SystemUnderTest},
 * and the one workload that each gets in its own format.
 */
@NullMarked
package dev.streamgauge.benchmarks.systems;

import org.jspecify.annotations.NullMarked;
