package dev.streamgauge.server.reload;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * A file that is read again periodically. An invalid file stops the start. If it becomes invalid or empty later, the last
 * valid content stays in use, the log says why, and a metric shows it. Thread-safe.
 *
 * @param <T> the parsed content; immutable
 */
public final class ReloadingFile<T> {

    private static final Logger LOG = Logger.getLogger(ReloadingFile.class);

    /** Where a document of YAML begins and ends. */
    private static final Set<String> DOCUMENT_MARKS = Set.of("---", "...");

    private final String name;
    private final Optional<Path> file;
    private final Parser<T> parser;
    private final Duration period;
    private final Vertx vertx;
    private volatile T content;

    /** The text that the content was parsed from. */
    private volatile String text = "";

    /** Why the current file is invalid; empty if it is valid. */
    private volatile String flaw = "";

    /** Of the reload; -1 without a file. */
    private long timer = -1;

    /**
     * Reads nothing yet.
     *
     * @param name in logs and metrics; the setting is {@code streamgauge.<name>-file}
     * @param file the path; if empty, the content is always {@code none}
     * @param none the content without a file
     * @param period time between two reads
     */
    public ReloadingFile(String name, Optional<Path> file, T none, Parser<T> parser, Duration period, Vertx vertx) {
        this.name = name;
        this.file = file;
        this.content = none;
        this.parser = parser;
        this.period = period;
        this.vertx = vertx;
    }

    /** Reads the text of the file. */
    @FunctionalInterface
    public interface Parser<T> {

        T parse(String text) throws InvalidFileException;
    }

    /**
     * Reads the file, and then again each period.
     *
     * @throws ConfigurationException if the file is invalid
     */
    public void start(MeterRegistry registry) {
        Gauge.builder("streamgauge." + name + ".last.reload.successful", this, source -> source.flaw.isEmpty() ? 1 : 0)
                .description("0 if the " + name
                        + " file as it is now cannot be used, and an earlier one is in force; else 1")
                .register(registry);
        if (file.isEmpty()) {
            return;
        }
        reload(file.get());
        if (!flaw.isEmpty()) {
            throw new ConfigurationException("streamgauge." + name + "-file: " + flaw);
        }
        timer = vertx.setPeriodic(
                period.toMillis(),
                id -> vertx.executeBlocking(() -> {
                            reload(file.get());
                            return true;
                        })
                        .onFailure(thrown -> LOG.error(name + " state=failed kept=last", thrown)));
    }

    /** Stops reading the file. */
    public void stop() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
    }

    /** Takes over the current file if it is valid. Blocks. */
    void reload(Path path) {
        try {
            String now = Files.readString(path);
            if (flaw.isEmpty() && now.equals(text)) {
                return;
            }
            if (isEmpty(now) && !isEmpty(text)) { // most likely it is just being written
                throw new InvalidFileException("empty; if it shall say nothing, write {}");
            }
            content = parser.parse(now);
            text = now;
            flaw = "";
            LOG.infof("%s state=read file=%s", name, path);
        } catch (IOException e) {
            reject(path + " cannot be read: " + e.getClass().getSimpleName());
        } catch (InvalidFileException e) {
            reject(path + ": " + e.getMessage());
        }
    }

    /** Whether a text of YAML has nothing but comments, blank lines and marks of documents. */
    private static boolean isEmpty(String yaml) {
        return yaml.lines()
                .map(String::strip)
                .allMatch(line -> line.isEmpty() || line.startsWith("#") || DOCUMENT_MARKS.contains(line));
    }

    /** Logs each flaw once, not at every read. At the start, the exception says it. */
    private void reject(String reason) {
        if (!reason.equals(flaw)) {
            flaw = reason;
            if (timer >= 0) {
                LOG.errorf("%s state=rejected kept=last message=%s", name, reason);
            }
        }
    }

    /** The last valid content. */
    public T content() {
        return content;
    }
}
