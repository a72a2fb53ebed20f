package dev.streamgauge.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.Limit;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A limit may be set to the same values for all tenants and for one. */
class LimitRangesTest {

    @Test
    void configuration_hasEveryLimit_andNoOther() {
        TreeSet<String> configured = Arrays.stream(StreamgaugeConfig.Limits.class.getMethods())
                .map(method -> id(method.getName()))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(configured)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Limit.values()).map(Limit::id).toList());
    }

    @ParameterizedTest
    @EnumSource
    void override_hasTheRangeOfTheSetting(Limit limit) {
        Method setting = Arrays.stream(StreamgaugeConfig.Limits.class.getMethods())
                .filter(method -> id(method.getName()).equals(limit.id()))
                .findFirst()
                .orElseThrow();
        double least = Optional.ofNullable(setting.getAnnotation(Min.class))
                .map(Min::value)
                .orElse(0L);
        double greatest = Optional.ofNullable(setting.getAnnotation(Max.class))
                .<Double>map(max -> (double) max.value())
                .orElse(setting.getReturnType() == double.class ? Double.MAX_VALUE : Integer.MAX_VALUE);

        assertThat(limit.flawOf(least)).isEmpty();
        assertThat(limit.flawOf(least - 1)).isPresent();
        assertThat(limit.flawOf(greatest)).isEmpty();
        assertThat(limit.flawOf(greatest * 2)).isPresent();
    }

    private static String id(String methodName) {
        return methodName.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
