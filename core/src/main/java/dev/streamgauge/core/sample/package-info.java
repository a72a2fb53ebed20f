/**
 * What a sample consists of: its draft, its value, its canonical labels, and every reason for rejecting it. Read
 * {@link dev.streamgauge.core.sample.SampleDraft} first.
 */
@NullMarked
package dev.streamgauge.core.sample;

import org.jspecify.annotations.NullMarked;
