/**
 * Pushes as JSON, one document or one sample per line. {@link dev.streamgauge.ingest.json.TemplateParser} turns a body
 * into samples if all its samples are plain and valid; otherwise {@link dev.streamgauge.ingest.json.BodyParser} and
 * core's rules do. Depends on {@code protocol} and core. Read {@link dev.streamgauge.ingest.json.JsonProtocol} first.
 */
@NullMarked
package dev.streamgauge.ingest.json;

import org.jspecify.annotations.NullMarked;
