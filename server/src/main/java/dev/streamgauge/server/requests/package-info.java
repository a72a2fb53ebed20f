/**
 * What every request is checked for before any route sees it: its target, its host, its transfer coding and its
 * method; and in mode {@code open}, whether a web page may have made it. Read {@link
 * dev.streamgauge.server.requests.RequestChecks} first. Depends on Vert.x' router and the description of the API.
 */
@NullMarked
package dev.streamgauge.server.requests;

import org.jspecify.annotations.NullMarked;
