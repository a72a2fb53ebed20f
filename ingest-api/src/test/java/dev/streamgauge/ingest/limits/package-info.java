/**
 * The limits of bodies and tenants, each at its maximum and beyond. Read {@link
 * dev.streamgauge.ingest.limits.BodyLimitsAppTest} first.
 */
@NullMarked
package dev.streamgauge.ingest.limits;

import org.jspecify.annotations.NullMarked;
