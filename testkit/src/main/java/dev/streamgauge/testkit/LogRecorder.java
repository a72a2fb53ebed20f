package dev.streamgauge.testkit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;

/** Records what a class or a package logs, on all threads, until it is closed. Thread-safe. */
public final class LogRecorder implements AutoCloseable {

    private static final PatternFormatter LINE = new PatternFormatter("%p %s");

    private final Logger logger;
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord event) {
            records.add(event);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private LogRecorder(Logger logger) {
        this.logger = logger;
    }

    /** Starts to record what that class logs. */
    public static LogRecorder of(Class<?> logging) {
        return of(Logger.getLogger(logging.getName()));
    }

    /** Starts to record what the classes of that class' package log, and those of the packages below it. */
    public static LogRecorder ofPackage(Class<?> in) {
        return of(Logger.getLogger(in.getPackageName()));
    }

    private static LogRecorder of(Logger logger) {
        LogRecorder recorder = new LogRecorder(logger);
        recorder.logger.addHandler(recorder.handler);
        return recorder;
    }

    /** All records so far, in order, as {@code LEVEL message}. */
    public List<String> lines() {
        return records.stream().map(LINE::format).toList();
    }

    /** All records so far, in order. */
    public List<LogRecord> records() {
        return List.copyOf(records);
    }

    /** The messages of matching records so far, in order; without their parameters filled in. */
    public List<String> messages(Predicate<LogRecord> filter) {
        return records.stream().filter(filter).map(LogRecord::getMessage).toList();
    }

    /** Matches what a thread has logged, so that tests that run side by side do not see each other's records. */
    public static Predicate<LogRecord> by(Thread thread) {
        return event -> event.getLongThreadID() == thread.threadId();
    }

    @Override
    public void close() {
        logger.removeHandler(handler);
    }
}
