/**
 * What the description of the HTTP API, {@code openapi.yaml}, lists. Read {@link
 * dev.streamgauge.server.description.ApiDescription} first. Depends on the JDK alone.
 */
@NullMarked
package dev.streamgauge.server.description;

import org.jspecify.annotations.NullMarked;
