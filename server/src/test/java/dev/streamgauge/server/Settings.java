package dev.streamgauge.server;

import dev.streamgauge.server.settings.SettingsValidator;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;

/** The configuration for tests that start no application. */
public final class Settings {

    private Settings() {}

    /**
     * The defaults, except for the given settings.
     *
     * @param namesAndValues names without the prefix {@code streamgauge.}, each followed by its value
     */
    public static StreamgaugeConfig of(String... namesAndValues) {
        Map<String, String> settings = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            settings.put("streamgauge." + namesAndValues[i], namesAndValues[i + 1]);
        }
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters() // Quarkus' own among them, which read durations such as 10s
                .withValidator(new SettingsValidator())
                .withMapping(StreamgaugeConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 1_000))
                .build()
                .getConfigMapping(StreamgaugeConfig.class);
    }
}
