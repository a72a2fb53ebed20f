/**
 * What summaries cost over a long time, while their sketches grow. Read {@link
 * dev.streamgauge.benchmarks.summaries.SummariesBenchmark} first.
 */
@NullMarked
package dev.streamgauge.benchmarks.summaries;

import org.jspecify.annotations.NullMarked;
