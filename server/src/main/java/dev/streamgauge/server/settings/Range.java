package dev.streamgauge.server.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The least and the greatest value of a setting that is a number or a duration. Both are written as in the
 * configuration, such as {@code 10ms}; an empty text is no bound.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Range {

    /** The least value. */
    String min() default "";

    /** The greatest value. */
    String max() default "";
}
