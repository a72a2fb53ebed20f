/**
 * The way of a push from its head to its answer: who sends it, its body within its limits, decompression, the counting of
 * what was rejected. Depends on {@code json}, {@code admission}, {@code rejection}, {@code overload} and server. Read {@link
 * dev.streamgauge.ingest.push.PushRoute} first.
 */
@NullMarked
package dev.streamgauge.ingest.push;

import org.jspecify.annotations.NullMarked;
