/**
 * What keeps one tenant's bodies from taking the memory or the processors of this process: {@link
 * dev.streamgauge.ingest.overload.BodyBudget} bounds the bytes, {@link dev.streamgauge.ingest.overload.ParseQueue} takes
 * tenants in turn. Depends on core and Vert.x alone. Read {@code BodyBudget} first.
 */
@NullMarked
package dev.streamgauge.ingest.overload;

import org.jspecify.annotations.NullMarked;
