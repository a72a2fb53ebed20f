/**
 * What keeps one tenant's requests from taking the memory or the processors of this process, or the room in Redis:
 * {@link dev.streamgauge.ingest.overload.BodyBudget} bounds the bytes, {@link
 * dev.streamgauge.ingest.overload.ParseQueue} takes tenants in turn. Depends on redis and server. Read {@code
 * BodyBudget} first.
 */
@NullMarked
package dev.streamgauge.ingest.overload;

import org.jspecify.annotations.NullMarked;
