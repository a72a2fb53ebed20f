/**
 * The domain of Streamgauge in plain Java: what a tenant, a sample, a metric family and an aggregate are, how samples
 * merge, how they travel in a stream entry, and how a registry reads as text.
 *
 * <p>Depends on the JDK, JSpecify, the index mapping of sketches-java and the expressions of re2j only. Read {@link
 * dev.streamgauge.core.validation.Sample} first, then {@link dev.streamgauge.core.aggregation.Aggregation}.
 */
@NullMarked
package dev.streamgauge.core;

import org.jspecify.annotations.NullMarked;
