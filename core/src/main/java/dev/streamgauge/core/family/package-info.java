/**
 * What all series of one name share: aggregation, help and unit. Read {@link dev.streamgauge.core.family.Family} first.
 */
@NullMarked
package dev.streamgauge.core.family;

import org.jspecify.annotations.NullMarked;
