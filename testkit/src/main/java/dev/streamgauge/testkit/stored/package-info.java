/** Values as the fold script stores them, of any size. */
@NullMarked
package dev.streamgauge.testkit.stored;

import org.jspecify.annotations.NullMarked;
