/**
 * What is not accepted: the exception that rejects a whole request, the counts of rejected samples, and what a tenant is
 * charged for them. Depends on redis and server. Read {@link dev.streamgauge.ingest.rejection.DiscardedSamples} first.
 */
@NullMarked
package dev.streamgauge.ingest.rejection;

import org.jspecify.annotations.NullMarked;
