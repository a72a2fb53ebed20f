package dev.streamgauge.server.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The pattern that a setting matches as a whole; of a list, each item. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Matches {

    /** A regular expression. */
    String pattern();

    /** What to say of any other value, such as {@code must be a host name}. */
    String message();
}
