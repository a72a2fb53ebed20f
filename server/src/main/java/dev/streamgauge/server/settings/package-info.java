/**
 * The values that settings may have: declared beside each setting, those of limits in core, and checked when the
 * configuration is read. Depends on core. Read {@link dev.streamgauge.server.settings.SettingsValidator} first.
 */
@NullMarked
package dev.streamgauge.server.settings;

import org.jspecify.annotations.NullMarked;
