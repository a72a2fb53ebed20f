/** The stored value of a series. Read {@link dev.streamgauge.core.registry.StoredSeries} first. */
@NullMarked
package dev.streamgauge.core.registry;

import org.jspecify.annotations.NullMarked;
