package dev.streamgauge.core.sample;

import java.util.Locale;

/**
 * Names an error for clients: the {@code reason} of an answer, and of a metric's label. Each enum of errors implements
 * it. Ids are stable: a constant is never renamed or removed, only added.
 */
public interface ErrorId {

    /** The constant's name. */
    String name();

    /** The stable id: lower case with hyphens, such as {@code value-invalid}. */
    default String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
