/** Real programs beside ours: what they say of it counts. Run by {@code make e2e}, which needs them installed. */
@NullMarked
package dev.streamgauge.standalone.e2e;

import org.jspecify.annotations.NullMarked;
