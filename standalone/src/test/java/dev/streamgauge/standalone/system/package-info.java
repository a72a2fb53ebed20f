/** The whole system as separate processes, under load and under kills. Read {@link MixedLoad} first. */
@NullMarked
package dev.streamgauge.standalone.system;

import org.jspecify.annotations.NullMarked;
