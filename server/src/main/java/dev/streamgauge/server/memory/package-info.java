/** What a process does when its memory runs out. Depends on Quarkus alone. */
@NullMarked
package dev.streamgauge.server.memory;

import org.jspecify.annotations.NullMarked;
