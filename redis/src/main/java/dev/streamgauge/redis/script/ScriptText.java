package dev.streamgauge.redis.script;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The text of a script with the files that it includes.
 *
 * <p>The line {@code -- @include lib/name.lua}, with nothing else on it, brings in that file after it. An included file
 * may include others. Each comes in where it is included first, and only there.
 */
public final class ScriptText {

    private static final Pattern INCLUDE = Pattern.compile("-- @include (lib/[a-z_/]+\\.lua)");
    private static final Pattern LIKE_AN_INCLUDE = Pattern.compile("\\s*--+\\s*@\\s*include\\b.*");
    private static final Pattern LINE_OF_REDIS = Pattern.compile("user_script:(\\d{1,9})");

    private final List<Line> lines;

    private ScriptText(List<Line> lines) {
        this.lines = lines;
    }

    /** A line of a file, from 1. */
    private record Line(String file, int number, String text) {

        private String place() {
            return file + ":" + number;
        }
    }

    /**
     * Reads a script and what it includes.
     *
     * @param files the text of a file, by its path from the folder of the scripts
     * @throws IllegalStateException if one of the files does not exist, a file includes itself, or an include is not
     *     written as it must be
     */
    public static ScriptText read(String file, Function<String, Optional<String>> files) {
        Reading reading = new Reading(files);
        reading.add(file, "");
        return new ScriptText(List.copyOf(reading.lines));
    }

    /** The text to send to Redis. */
    public String text() {
        return lines.stream().map(line -> line.text + "\n").collect(Collectors.joining());
    }

    /**
     * A message of Redis with the place in our files, such as {@code lib/clock.lua:4}, wherever Redis names a line of the
     * text, such as {@code user_script:57}.
     */
    public String locate(String message) {
        return LINE_OF_REDIS.matcher(message).replaceAll(found -> {
            int number = Integer.parseInt(found.group(1));
            boolean exists = number >= 1 && number <= lines.size();
            return Matcher.quoteReplacement(exists ? lines.get(number - 1).place() : found.group());
        });
    }

    private static final class Reading {

        private final Function<String, Optional<String>> files;
        private final List<Line> lines = new ArrayList<>();
        private final Set<String> added = new HashSet<>();
        /** The file that is being added, after those that include it. */
        private final SequencedSet<String> path = new LinkedHashSet<>();

        private Reading(Function<String, Optional<String>> files) {
            this.files = files;
        }

        private void add(String file, String origin) {
            String text = files.apply(file).orElseThrow(() -> new IllegalStateException("no script " + file + origin));
            added.add(file);
            path.add(file);
            int number = 0;
            for (String each : text.lines().toList()) {
                number++;
                Line line = new Line(file, number, each);
                lines.add(line);
                Matcher include = INCLUDE.matcher(each);
                if (include.matches()) {
                    include(include.group(1), line);
                } else if (LIKE_AN_INCLUDE.matcher(each).matches()) {
                    throw new IllegalStateException(line.place() + ": an include is a line '-- @include lib/name.lua'");
                }
            }
            path.remove(file);
        }

        private void include(String file, Line line) {
            if (path.contains(file)) {
                throw new IllegalStateException(
                        line.place() + ": cyclic include: " + String.join(" > ", path) + " > " + file);
            }
            if (!added.contains(file)) {
                add(file, ", which " + line.place() + " includes");
            }
        }
    }
}
