/**
 * What a tenant that sends far too much costs the others, measured on real processes. Read {@link
 * dev.streamgauge.benchmarks.isolation.IsolationBenchmark} first.
 */
@NullMarked
package dev.streamgauge.benchmarks.isolation;

import org.jspecify.annotations.NullMarked;
