package dev.streamgauge.server.settings;

import dev.streamgauge.core.tenant.Limit;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Says of a group of settings that each has the range of the {@link Limit} of its name. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface LimitRanges {}
