package dev.streamgauge.standalone;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;

/** The settings that only a standalone Streamgauge has. */
@ConfigMapping(prefix = "streamgauge")
public interface StandaloneConfig {
    /** Where the embedded Redis keeps its files; relative to the working directory. */
    @WithDefault("./data")
    Path dataDir();
}
