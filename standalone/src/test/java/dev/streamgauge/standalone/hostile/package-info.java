/**
 * Input that is meant to do harm, as data files, and tenants that mean harm, against running processes. Read {@link
 * dev.streamgauge.standalone.hostile.HostileInputIT} first, then {@link
 * dev.streamgauge.standalone.hostile.HostileTenantIT}.
 */
@NullMarked
package dev.streamgauge.standalone.hostile;

import org.jspecify.annotations.NullMarked;
