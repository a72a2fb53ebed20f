/**
 * Selecting series by name and labels, in the syntax of Prometheus' instant vector selectors. Read {@link
 * dev.streamgauge.core.selector.SeriesSelection} first.
 *
 * <p>Depends on the JDK, JSpecify and re2j, whose matching takes time linear in the text, whatever the expression.
 */
@NullMarked
package dev.streamgauge.core.selector;

import org.jspecify.annotations.NullMarked;
