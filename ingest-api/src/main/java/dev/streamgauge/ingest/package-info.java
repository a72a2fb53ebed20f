/**
 * The role ingest: takes pushed samples over HTTP, validates them, and has them admitted.
 *
 * <p>The way of a request: {@link dev.streamgauge.ingest.PushRoute} reads the body, {@link
 * dev.streamgauge.ingest.FamiliarBody} makes samples of what is known, {@link dev.streamgauge.ingest.BodyParser} and core's
 * rules of the rest, {@link dev.streamgauge.ingest.Admission} settles it with Redis, in groups made by {@link dev.streamgauge.ingest.GroupCommit}. Depends on server.
 */
@NullMarked
package dev.streamgauge.ingest;

import org.jspecify.annotations.NullMarked;
