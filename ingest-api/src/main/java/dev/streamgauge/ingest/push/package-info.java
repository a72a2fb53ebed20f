/**
 * The way of a push from its head to its answer, whatever its protocol: who sends it, its body within its limits,
 * decompression, the counting of what was rejected. Depends on {@code protocol}, {@code admission}, {@code rejection},
 * {@code overload} and server, and on no protocol. Read {@link dev.streamgauge.ingest.push.PushPipeline} first.
 */
@NullMarked
package dev.streamgauge.ingest.push;

import org.jspecify.annotations.NullMarked;
