/**
 * What concurrent scrapes share in one process, and how it is divided among tenants: slots for reading Redis, memory for
 * text that waits for clients, and memory for pages that are read ahead. Depends on core. Read {@link
 * dev.streamgauge.query.share.RenderingSlots} first.
 */
@NullMarked
package dev.streamgauge.query.share;

import org.jspecify.annotations.NullMarked;
