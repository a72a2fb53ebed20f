/**
 * Chaos: the built roles as real processes, under load, while processes die and pause, Redis fails in every way it can,
 * and connections break at the worst moment; then every total is compared with what the senders know. Read {@link
 * dev.streamgauge.standalone.chaos.ChaosIT} first.
 */
@NullMarked
package dev.streamgauge.standalone.chaos;

import org.jspecify.annotations.NullMarked;
