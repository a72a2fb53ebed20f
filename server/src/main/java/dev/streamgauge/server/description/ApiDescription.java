package dev.streamgauge.server.description;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The operations of the HTTP API, as its description lists them; tests check the description against all routes. Only
 * the lines that are needed are parsed, since this happens at every start.
 */
public final class ApiDescription {

    private static final String FILE = "/META-INF/openapi.yaml";

    /** A key of the mapping {@code paths}; no other key with this indentation begins with a slash. */
    private static final Pattern PATH = Pattern.compile("^ {2}(/[^:]*):$");

    /** A key of a path that is a method; no other mapping has such keys with this indentation. */
    private static final Pattern METHOD = Pattern.compile("^ {4}(get|put|post|delete|patch):$");

    private static final Pattern TAG = Pattern.compile("^ {6}tags: \\[(.*)]$");

    /** Quarkus serves more paths below these than the description lists. */
    private static final List<String> OF_QUARKUS = List.of("/q/health", "/q/openapi");

    private ApiDescription() {}

    /**
     * One method of one path.
     *
     * @param path its template, such as {@code /tenants/{tenant}/metrics}
     * @param method in upper case
     * @param tag which role serves it: the name of its module, or {@code every role}
     */
    public record Operation(String path, String method, String tag) {}

    /** What matches the paths of a template. */
    public static Pattern pattern(String template) {
        return Pattern.compile(template.replaceAll("\\{[^}]*}", "[^/]+"));
    }

    /** Whether Quarkus may serve a path that the description does not list, for reading. */
    public static boolean isOfQuarkus(String path) {
        return OF_QUARKUS.stream().anyMatch(path::startsWith) && !path.endsWith("/");
    }

    /** Reads the description. */
    public static List<Operation> operations() {
        try (InputStream in = ApiDescription.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is missing");
            }
            return parse(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Operation> parse(List<String> lines) {
        List<Operation> operations = new ArrayList<>();
        String path = "";
        String method = "";
        for (String line : lines) {
            Matcher ofPath = PATH.matcher(line);
            Matcher ofMethod = METHOD.matcher(line);
            Matcher ofTag = TAG.matcher(line);
            if (ofPath.matches()) {
                path = ofPath.group(1);
            } else if (ofMethod.matches()) {
                method = ofMethod.group(1).toUpperCase(Locale.ROOT);
            } else if (ofTag.matches()) {
                operations.add(new Operation(path, method, ofTag.group(1)));
            }
        }
        return List.copyOf(operations);
    }
}
