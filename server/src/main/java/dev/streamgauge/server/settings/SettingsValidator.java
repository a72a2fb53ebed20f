package dev.streamgauge.server.settings;

import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.vertx.http.runtime.VertxHttpConfig;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.ConfigValidationException.Problem;
import io.smallrye.config.ConfigValidator;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SmallRyeConfigBuilderCustomizer;
import io.smallrye.config.common.utils.StringUtil;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Checks our settings against what is declared beside them, and the ports, whenever the configuration is read, and
 * reports all problems at once.
 *
 * <p>Bean Validation could do the same, but then Quarkus looks up the constraints of all its own settings too, which
 * takes half the time of a start.
 */
public final class SettingsValidator implements ConfigValidator, SmallRyeConfigBuilderCustomizer {

    private static final String OURS = "dev.streamgauge.";
    private static final int MAX_PORT = 65_535;

    @Override
    public void configBuilder(SmallRyeConfigBuilder builder) {
        builder.withValidator(this);
    }

    @Override
    public void validateMapping(Class<?> mapping, String prefix, Object settings) {
        if (settings instanceof VertxHttpConfig http) {
            report(Stream.concat(
                    badPort(prefix + ".port", http.port()), badPort(prefix + ".ssl-port", http.sslPort())));
        } else if (mapping.getName().startsWith(OURS)) {
            report(Arrays.stream(mapping.getMethods()).flatMap(setting -> problems(setting, prefix, settings)));
        }
    }

    private static void report(Stream<String> found) {
        Problem[] problems = found.sorted().map(Problem::new).toArray(Problem[]::new);
        if (problems.length > 0) {
            throw new ConfigValidationException(problems);
        }
    }

    /** Quarkus does not check its ports: the start would fail later, with a stack trace. */
    private static Stream<String> badPort(String name, int port) {
        return port < 0 || port > MAX_PORT ? Stream.of(name + " must be 0 to " + MAX_PORT) : Stream.empty();
    }

    private static Stream<String> problems(Method setting, String prefix, Object settings) {
        String name = prefix + "." + StringUtil.skewer(setting.getName());
        if (setting.isAnnotationPresent(LimitRanges.class)) {
            return LimitSettings.values(setting.getReturnType(), valueOf(setting, settings)).entrySet().stream()
                    .flatMap(limit -> limit.getKey().flawOf(limit.getValue()).stream()
                            .map(flaw -> LimitSettings.name(limit.getKey()) + ": " + flaw));
        }
        Range range = setting.getAnnotation(Range.class);
        Matches matches = setting.getAnnotation(Matches.class);
        if (range == null && matches == null) {
            return Stream.empty();
        }
        return each(valueOf(setting, settings))
                .flatMap(value -> Stream.concat(
                        Stream.ofNullable(range).flatMap(bounds -> outside(bounds, value).stream()),
                        Stream.ofNullable(matches).flatMap(pattern -> mismatch(pattern, value).stream())))
                .limit(1)
                .map(problem -> name + " " + problem);
    }

    static Object valueOf(Method setting, Object settings) {
        try {
            return setting.invoke(settings);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The value of a setting, which may be absent, or a list. */
    private static Stream<?> each(Object value) {
        return switch (value) {
            case Optional<?> optional -> optional.stream().flatMap(SettingsValidator::each);
            case List<?> list -> list.stream();
            default -> Stream.of(value);
        };
    }

    private static Optional<String> outside(Range range, Object value) {
        if (value instanceof Duration duration) {
            return outside(range, duration, DurationConverter::parseDuration);
        }
        return Double.isFinite(((Number) value).doubleValue())
                ? outside(range, new BigDecimal(value.toString()), BigDecimal::new)
                : Optional.of("must be a finite number");
    }

    private static <T extends Comparable<T>> Optional<String> outside(
            Range range, T value, Function<String, T> parser) {
        if (!range.min().isEmpty() && value.compareTo(parser.apply(range.min())) < 0) {
            return Optional.of("must be at least " + range.min());
        }
        if (!range.max().isEmpty() && value.compareTo(parser.apply(range.max())) > 0) {
            return Optional.of("must be at most " + range.max());
        }
        return Optional.empty();
    }

    private static Optional<String> mismatch(Matches matches, Object value) {
        return value.toString().matches(matches.pattern()) ? Optional.empty() : Optional.of(matches.message());
    }
}
