/** A registry as text: Prometheus text 0.0.4. Read {@link dev.streamgauge.core.exposition.TextWriter}. */
@NullMarked
package dev.streamgauge.core.exposition;

import org.jspecify.annotations.NullMarked;
