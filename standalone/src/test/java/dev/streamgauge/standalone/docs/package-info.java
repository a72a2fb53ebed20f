/**
 * The pages of the documentation, alerts and dashboards against the code and each other. Read {@link
 * dev.streamgauge.standalone.docs.ReferencePagesTest} and {@link dev.streamgauge.standalone.docs.GuidesTest} first.
 */
@NullMarked
package dev.streamgauge.standalone.docs;

import org.jspecify.annotations.NullMarked;
