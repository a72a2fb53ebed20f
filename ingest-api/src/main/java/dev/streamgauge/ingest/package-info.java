/**
 * The role ingest: takes pushed samples over HTTP, validates them, and has them admitted.
 *
 * <p>The path of a request: {@code push} authenticates the sender and reads the body, a protocol, as {@code json},
 * turns the body into samples and the result into an answer, {@code admission} settles the samples with Redis. {@code
 * rejection} counts what is not accepted, {@code overload} bounds what requests may hold meanwhile. This package has
 * what all of them use, and depends on server. Read {@code push.PushPipeline} first.
 */
@NullMarked
package dev.streamgauge.ingest;

import org.jspecify.annotations.NullMarked;
