package dev.streamgauge.server;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;

/** Captures what a class logs, as {@code LEVEL message}. */
public final class LogLines extends Handler {

    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private LogLines(Class<?> source) {
        this.logger = Logger.getLogger(source.getName());
        setFormatter(new PatternFormatter("%p %s"));
    }

    /** Captures the log of that class until it is closed. */
    public static LogLines of(Class<?> source) {
        LogLines opened = new LogLines(source);
        opened.logger.addHandler(opened);
        return opened;
    }

    /** The lines so far. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void publish(LogRecord line) {
        lines.add(getFormatter().format(line));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
