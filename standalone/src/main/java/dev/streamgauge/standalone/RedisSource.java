package dev.streamgauge.standalone;

import dev.streamgauge.standalone.embedded.EmbeddedRedisConfig;
import dev.streamgauge.standalone.embedded.EmbeddedRedisSettings;
import dev.streamgauge.standalone.embedded.RedisProgram;
import dev.streamgauge.standalone.embedded.StartupException;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.SmallRyeConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Which Redis a standalone Streamgauge uses. */
sealed interface RedisSource {
    /** The one that we start. */
    record Embedded(EmbeddedRedisSettings settings) implements RedisSource {}

    /** The one that {@code quarkus.redis.hosts} names. */
    record Named() implements RedisSource {}

    /** The setting that tells Quarkus where Redis is. */
    String HOSTS = "quarkus.redis.hosts";

    /** The setting that tells Quarkus its password. */
    String PASSWORD = "quarkus.redis.password";

    /** Class names and message ids in what SmallRye Config says of a wrong value. */
    Pattern NOISE = Pattern.compile("^[\\w.]+Exception: |SRCFG\\d+: ");

    /**
     * Reads the settings from where Quarkus will read them too; Quarkus itself is not there yet.
     *
     * @throws StartupException if a value is wrong
     */
    static RedisSource read(Consumer<String> report) throws StartupException {
        try {
            SmallRyeConfig config = ConfigUtils.configBuilder()
                    .withMapping(StandaloneConfig.class)
                    .withMapping(EmbeddedRedisConfig.class)
                    // The other settings are the modules'; Quarkus checks them all when it starts.
                    .withMappingIgnore("streamgauge.**")
                    .build();
            EmbeddedRedisConfig embedded = config.getConfigMapping(EmbeddedRedisConfig.class);
            boolean hostsGiven = config.getOptionalValue(HOSTS, String.class).isPresent();
            if (!embedded.enabled()) {
                if (!hostsGiven) {
                    throw new StartupException(
                            "streamgauge.embedded-redis.enabled is false, so " + HOSTS + " must name a Redis");
                }
                return new Named();
            }
            if (hostsGiven) {
                report.accept(HOSTS + " is ignored: set streamgauge.embedded-redis.enabled=false to use it");
            }
            return new Embedded(settings(config.getConfigMapping(StandaloneConfig.class), embedded));
        } catch (ConfigValidationException e) {
            throw new StartupException(problems(e), e);
        } catch (IllegalArgumentException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        }
    }

    private static EmbeddedRedisSettings settings(StandaloneConfig standalone, EmbeddedRedisConfig embedded) {
        RedisProgram program =
                embedded.binary().<RedisProgram>map(RedisProgram.Named::new).orElseGet(RedisProgram.Bundled::new);
        return new EmbeddedRedisSettings(
                standalone.dataDir(), program, embedded.port(), embedded.maxMemory(), embedded.stopTimeout());
    }

    private static String problems(ConfigValidationException e) {
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < e.getProblemCount(); i++) {
            // What is left of "java.lang.IllegalArgumentException: SRCFG00039: The config property …" tells a user.
            messages.add(NOISE.matcher(e.getProblem(i).getMessage()).replaceAll(""));
        }
        return String.join("; ", messages);
    }
}
