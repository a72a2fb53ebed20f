/**
 * What a sender pushes: a sample, its canonical labels, and every reason for rejecting it. Read
 * {@link dev.streamgauge.core.sample.Sample} first.
 */
@NullMarked
package dev.streamgauge.core.sample;

import org.jspecify.annotations.NullMarked;
