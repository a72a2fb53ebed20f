/**
 * Input that is meant to do harm, as data files, against a running standalone. Read {@link
 * dev.streamgauge.standalone.hostile.HostileInputIT} first.
 */
@NullMarked
package dev.streamgauge.standalone.hostile;

import org.jspecify.annotations.NullMarked;
