/**
 * Keeps the process' own metrics small, whatever clients send. Read {@link
 * dev.streamgauge.server.metrics.HttpRequestTags} first. Depends on Micrometer.
 */
@NullMarked
package dev.streamgauge.server.metrics;

import org.jspecify.annotations.NullMarked;
