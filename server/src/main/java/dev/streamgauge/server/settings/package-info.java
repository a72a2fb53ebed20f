/** The values that settings may have: declared beside each setting, and checked when the configuration is read. */
@NullMarked
package dev.streamgauge.server.settings;

import org.jspecify.annotations.NullMarked;
