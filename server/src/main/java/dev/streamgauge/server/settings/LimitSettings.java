package dev.streamgauge.server.settings;

import dev.streamgauge.core.tenant.Limit;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SmallRyeConfigBuilderCustomizer;
import io.smallrye.config.common.utils.StringUtil;
import java.lang.reflect.Method;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** The settings of the limits of a tenant. {@link Limit} declares their names and defaults. */
public final class LimitSettings implements SmallRyeConfigBuilderCustomizer {

    /** Gives each setting the default of its limit. */
    @Override
    public void configBuilder(SmallRyeConfigBuilder builder) {
        defaults().forEach(builder::withDefaultValue);
    }

    /** The default of each limit, by the name of its setting, such as {@code streamgauge.limits.ingestion-rate}. */
    public static Map<String, String> defaults() {
        Map<String, String> defaults = new TreeMap<>();
        for (Limit limit : Limit.values()) {
            defaults.put(name(limit), Limit.text(limit.defaultValue()));
        }
        return defaults;
    }

    /** The name of a limit's setting. */
    static String name(Limit limit) {
        return "streamgauge.limits." + limit.id().replace('_', '-');
    }

    /** The environment variable of a limit's setting. */
    static String variable(Limit limit) {
        return "STREAMGAUGE_LIMITS_" + limit.name();
    }

    /**
     * Reads a group of settings.
     *
     * @param group an interface with a method for each limit
     */
    public static Map<Limit, Double> values(Class<?> group, Object settings) {
        Map<Limit, Double> values = new EnumMap<>(Limit.class);
        for (Method setting : group.getMethods()) {
            Number value = (Number) SettingsValidator.valueOf(setting, settings);
            values.put(limitOf(setting), value.doubleValue());
        }
        return values;
    }

    private static Limit limitOf(Method setting) {
        return Limit.find(StringUtil.skewer(setting.getName(), '_'))
                .orElseThrow(() -> new IllegalStateException("no limit is named as " + setting));
    }
}
