/**
 * The admission of validated samples, whatever protocol they came by: {@link
 * dev.streamgauge.ingest.admission.Admission} settles a push with Redis, in groups formed by {@link
 * dev.streamgauge.ingest.admission.GroupCommit}. Depends on {@code protocol}, {@code rejection}, {@code overload},
 * redis and server. Read {@code Admission} first.
 */
@NullMarked
package dev.streamgauge.ingest.admission;

import org.jspecify.annotations.NullMarked;
