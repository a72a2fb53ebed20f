/**
 * The rules that every module keeps, as tests. Read {@link dev.streamgauge.standalone.architecture.ArchitectureTest}.
 */
@NullMarked
package dev.streamgauge.standalone.architecture;

import org.jspecify.annotations.NullMarked;
