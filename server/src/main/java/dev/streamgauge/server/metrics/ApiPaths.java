package dev.streamgauge.server.metrics;

import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The paths of the HTTP API, as its description lists them; tests check the description against all routes. */
final class ApiPaths {

    private static final String DESCRIPTION = "/META-INF/openapi.yaml";

    /** A key of the mapping {@code paths}; no other key with this indentation begins with a slash. */
    private static final Pattern PATH = Pattern.compile("^ {2}(/[^:]*):$", Pattern.MULTILINE);

    private ApiPaths() {}

    @Produces
    @Singleton
    static MeterFilter requestTags() {
        return new HttpRequestTags(read());
    }

    /** The path templates. */
    static Set<String> read() {
        try (InputStream in = ApiPaths.class.getResourceAsStream(DESCRIPTION)) {
            if (in == null) {
                throw new IllegalStateException(DESCRIPTION + " is missing");
            }
            String text = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .collect(Collectors.joining("\n"));
            return PATH.matcher(text)
                    .results()
                    .map((MatchResult path) -> path.group(1))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
