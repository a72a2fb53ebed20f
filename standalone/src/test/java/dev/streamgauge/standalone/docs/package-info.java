/**
 * The reference pages, alerts and dashboards against the code. Read {@link
 * dev.streamgauge.standalone.docs.ReferencePagesTest} first.
 */
@NullMarked
package dev.streamgauge.standalone.docs;

import org.jspecify.annotations.NullMarked;
