package dev.streamgauge.server;

import dev.streamgauge.server.settings.LimitSettings;
import io.smallrye.config.ConfigValidator;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;

/** The configuration for tests that start no application. */
public final class Settings {

    private Settings() {}

    /**
     * The defaults, except for the given settings. Not validated: tests need shorter times than users may set.
     *
     * @param namesAndValues names without the prefix {@code streamgauge.}, each followed by its value
     */
    public static StreamgaugeConfig of(String... namesAndValues) {
        return read(ConfigValidator.EMPTY, namesAndValues);
    }

    /** As {@link #of}, and validated. */
    public static StreamgaugeConfig read(ConfigValidator validator, String... namesAndValues) {
        Map<String, String> settings = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            settings.put("streamgauge." + namesAndValues[i], namesAndValues[i + 1]);
        }
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters() // Quarkus' own among them, which read durations such as 10s
                .withCustomizers(new LimitSettings())
                .withValidator(validator)
                .withMapping(StreamgaugeConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 1_000))
                .build()
                .getConfigMapping(StreamgaugeConfig.class);
    }
}
