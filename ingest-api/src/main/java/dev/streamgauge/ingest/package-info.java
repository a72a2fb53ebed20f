/**
 * The role ingest: takes pushed samples over HTTP, validates them, and has them admitted.
 *
 * <p>The path of a request: {@link dev.streamgauge.ingest.PushRoute} reads the body.
 * {@link dev.streamgauge.ingest.TemplateParser} turns it into samples if all its samples are plain and valid; otherwise
 * {@link dev.streamgauge.ingest.BodyParser} and core's rules do. {@link dev.streamgauge.ingest.Admission} settles the
 * request with Redis, in groups formed by {@link dev.streamgauge.ingest.GroupCommit}. Depends on server.
 */
@NullMarked
package dev.streamgauge.ingest;

import org.jspecify.annotations.NullMarked;
