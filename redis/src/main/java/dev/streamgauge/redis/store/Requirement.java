package dev.streamgauge.redis.store;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a setting of Redis must be.
 *
 * @param setting its name in redis.conf
 * @param suffices whether a value is accepted
 * @param advised the value to recommend if another is not accepted
 */
public record Requirement(String setting, Predicate<String> suffices, String advised) {

    /** The setting must have that value. */
    public static Requirement of(String setting, String value) {
        return new Requirement(setting, value::equals, value);
    }

    /** What to change if the setting has that value; empty if the value is accepted. */
    Optional<String> flaw(String actual) {
        return suffices.test(actual)
                ? Optional.empty()
                : Optional.of("Redis has " + setting + "=" + actual + "; set " + setting + " " + advised);
    }
}
