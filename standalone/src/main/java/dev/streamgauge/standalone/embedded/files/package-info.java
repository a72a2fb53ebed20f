/**
 * Files that no other user of the machine may read.
 *
 * <p>{@link dev.streamgauge.standalone.embedded.files.OwnerOnly} is the only class. Depends on the JDK alone.
 */
@NullMarked
package dev.streamgauge.standalone.embedded.files;

import org.jspecify.annotations.NullMarked;
