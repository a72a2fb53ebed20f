/**
 * Ours and its peers side by side: what a push, a sample and a scrape cost, on real processes. Read {@link
 * dev.streamgauge.benchmarks.sidebyside.SideBySideBenchmark} first, then {@link
 * dev.streamgauge.benchmarks.sidebyside.Rows}.
 */
@NullMarked
package dev.streamgauge.benchmarks.sidebyside;

import org.jspecify.annotations.NullMarked;
