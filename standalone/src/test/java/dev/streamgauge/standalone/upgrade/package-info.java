/**
 * Rolling upgrades: the processes of two versions side by side on one Redis, under load. A version is a release of
 * {@code scripts/releases.txt}, built from the repository's history, or this source tree. Load, faults and the
 * comparison of totals come from {@link dev.streamgauge.standalone.chaos}. Read {@link
 * dev.streamgauge.standalone.upgrade.RollingUpgradeIT} first.
 */
@NullMarked
package dev.streamgauge.standalone.upgrade;

import org.jspecify.annotations.NullMarked;
