/**
 * What every role's process has: configuration, the store and its state, health, status, own metrics, and how errors
 * are answered.
 *
 * <p>Depends on redis, core and Quarkus; the roles depend on it and never on each other. Read {@link
 * dev.streamgauge.server.StreamgaugeConfig} first, then {@link dev.streamgauge.server.StartupCheck}.
 */
@NullMarked
package dev.streamgauge.server;

import org.jspecify.annotations.NullMarked;
