/**
 * The counts of rejected samples, and what a tenant is charged for them. Depends on {@code protocol}, redis and
 * server. Read {@link dev.streamgauge.ingest.rejection.DiscardedSamples} first.
 */
@NullMarked
package dev.streamgauge.ingest.rejection;

import org.jspecify.annotations.NullMarked;
