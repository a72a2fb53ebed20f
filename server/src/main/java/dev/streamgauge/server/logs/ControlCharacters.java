package dev.streamgauge.server.logs;

import io.quarkus.logging.LoggingFilter;
import java.util.HexFormat;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.formatters.PatternFormatter;

/**
 * Escapes control characters in the messages that this process logs, as {@code \n} or {@code \u001b}: text from a file,
 * from Redis or from a request must neither begin a line of its own nor control a terminal. Lets every record pass.
 *
 * <p>Messages of other libraries may have several lines on purpose, and contain no text from outside.
 */
@LoggingFilter(name = "control-characters")
public final class ControlCharacters implements Filter {

    private static final String OURS = "dev.streamgauge.";

    /** The message with its parameters, without an exception. */
    private static final PatternFormatter MESSAGE = new PatternFormatter("%s");

    /** Its error handler logs URLs. */
    private static final String HTTP = "io.quarkus.vertx.http.";

    @Override
    public boolean isLoggable(LogRecord event) {
        String logger = event.getLoggerName();
        if (event instanceof ExtLogRecord record
                && logger != null
                && (logger.startsWith(OURS) || logger.startsWith(HTTP))) {
            String message = MESSAGE.format(record);
            if (message.chars().anyMatch(Character::isISOControl)) {
                record.setMessage(escaped(message), ExtLogRecord.FormatStyle.NO_FORMAT);
                record.setParameters(null);
            }
        }
        return true;
    }

    private static String escaped(String message) {
        StringBuilder text = new StringBuilder(message.length() + 16);
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            switch (c) {
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        text.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        return text.toString();
    }
}
