package dev.streamgauge.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisConfigurationTest {

    @TempDir
    private Path directory;

    @Test
    void numbers_haveTheDigitsThatRedisReads_whateverTheDefaultLocale() throws StartupException {
        Locale before = Locale.getDefault();
        try (DataFolder folder = DataFolder.claim(directory, line -> {})) {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            String text = new RedisConfiguration(folder, 6379, "secret", "1gb").text();

            assertThat(text).contains("\nport 6379\n", "\nmaxclients 10000\n");
        } finally {
            Locale.setDefault(before);
        }
    }
}
