package dev.streamgauge.server.settings;

import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.text.Spelling;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds environment variables that look like settings but are none: a misspelled one would silently leave the default in
 * force. The settings of all roles are known, since processes may share an environment.
 */
public final class UnknownVariables {

    private static final String PREFIX = "STREAMGAUGE_";
    private static final String FILE = "variables.txt";

    /** Kubernetes adds these for every Service of the namespace. */
    private static final Pattern OF_A_SERVICE =
            Pattern.compile(".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\\d+_(TCP|UDP|SCTP)(_.*)?)");

    private UnknownVariables() {}

    /** One warning for each, with the nearest name. */
    public static List<String> warnings(Map<String, String> environment) {
        List<String> known = known();
        return environment.entrySet().stream()
                .filter(variable -> variable.getKey().startsWith(PREFIX))
                .filter(variable -> !known.contains(variable.getKey()) && !isOfAService(variable))
                .map(Map.Entry::getKey)
                .sorted()
                .map(name -> name + " is no setting"
                        + Spelling.nearest(name, known)
                                .map(meant -> "; did you mean " + meant + "?")
                                .orElse(""))
                .toList();
    }

    private static boolean isOfAService(Map.Entry<String, String> variable) {
        return OF_A_SERVICE.matcher(variable.getKey()).matches()
                || (variable.getKey().endsWith("_PORT") && variable.getValue().contains("://"));
    }

    /** The names of all settings. */
    static List<String> known() {
        InputStream file = UnknownVariables.class.getResourceAsStream(FILE);
        if (file == null) {
            throw new IllegalStateException(FILE + " is missing");
        }
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            return Stream.concat(
                            lines.lines().filter(line -> !line.startsWith("#")),
                            Arrays.stream(Limit.values()).map(LimitSettings::variable))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
