/** The processes that are measured: on which core they run, the CPU they use, and what the machine does beside them. */
@NullMarked
package dev.streamgauge.benchmarks.processes;

import org.jspecify.annotations.NullMarked;
