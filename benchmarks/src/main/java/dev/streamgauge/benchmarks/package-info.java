/** What the hot paths cost, measured with JMH. */
@NullMarked
package dev.streamgauge.benchmarks;

import org.jspecify.annotations.NullMarked;
