package dev.streamgauge.server.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.Test;

class ControlCharactersTest {

    private static String logged(String logger, String format, Object... parameters) {
        ExtLogRecord record = new ExtLogRecord(
                Level.INFO, format, ExtLogRecord.FormatStyle.PRINTF, ControlCharactersTest.class.getName());
        record.setLoggerName(logger);
        record.setParameters(parameters);
        boolean isLogged = new ControlCharacters().isLoggable(record);
        assertThat(isLogged).isTrue();
        return new PatternFormatter("%s").format(record);
    }

    @Test
    void message_staysInOneLine_whenItQuotesControlCharacters() {
        String text = "a\nERROR forged\r\u001b[31m\t\u0085%s";

        assertThat(logged("dev.streamgauge.server.X", "tenants message=%s", text))
                .isEqualTo("tenants message=a\\nERROR forged\\r\\u001b[31m\\t\\u0085%s");
        assertThat(logged("io.quarkus.vertx.http.runtime.QuarkusErrorHandler", "HTTP Request to %s failed", text))
                .isEqualTo("HTTP Request to a\\nERROR forged\\r\\u001b[31m\\t\\u0085%s failed");
    }

    @Test
    void message_isNotChanged_whenThereIsNothingToEscape() {
        assertThat(logged("dev.streamgauge.server.X", "tenant=%s", "größe 100%"))
                .isEqualTo("tenant=größe 100%");
        assertThat(logged("io.quarkus.runtime.X", "two\nlines of %s", "Quarkus"))
                .isEqualTo("two\nlines of Quarkus");
    }
}
