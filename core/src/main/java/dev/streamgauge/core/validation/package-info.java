/**
 * From a draft to a sample that keeps all rules, or to a rejection that says why. Read
 * {@link dev.streamgauge.core.validation.Sample} first, then {@link dev.streamgauge.core.validation.SampleRules}.
 */
@NullMarked
package dev.streamgauge.core.validation;

import org.jspecify.annotations.NullMarked;
