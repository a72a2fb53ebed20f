/**
 * What every role's process has: here its configuration, its clock and its roles; in the packages below its store,
 * tenants, access, health, status, own metrics, and how errors are answered.
 *
 * <p>Depends on redis, core and Quarkus; the roles depend on it and never on each other. Read {@link
 * dev.streamgauge.server.StreamgaugeConfig} first, then {@link dev.streamgauge.server.store.StartupCheck}.
 */
@NullMarked
package dev.streamgauge.server;

import org.jspecify.annotations.NullMarked;
