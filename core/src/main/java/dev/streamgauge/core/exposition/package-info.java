/**
 * A registry in an exposition format; one file per format. Read {@link
 * dev.streamgauge.core.exposition.ExpositionFormat} first, then {@link dev.streamgauge.core.exposition.TextWriter}.
 */
@NullMarked
package dev.streamgauge.core.exposition;

import org.jspecify.annotations.NullMarked;
