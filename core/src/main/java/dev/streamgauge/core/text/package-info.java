/** How messages quote the texts of senders and operators, and guess what they meant. */
@NullMarked
package dev.streamgauge.core.text;

import org.jspecify.annotations.NullMarked;
