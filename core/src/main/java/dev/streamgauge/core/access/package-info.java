/**
 * Access control: a tenant's record with its keys and limits. {@link dev.streamgauge.core.access.TenantRecord} is the
 * class to read first. Depends on the JDK and on {@link dev.streamgauge.core.tenant} only.
 */
@NullMarked
package dev.streamgauge.core.access;

import org.jspecify.annotations.NullMarked;
