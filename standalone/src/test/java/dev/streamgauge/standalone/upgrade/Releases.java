package dev.streamgauge.standalone.upgrade;

import dev.streamgauge.standalone.upgrade.Version.Release;
import dev.streamgauge.standalone.upgrade.Version.ThisTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The releases of {@code scripts/releases.txt}, whose header explains the format.
 *
 * @param oldestFirst at least one
 */
record Releases(List<Release> oldestFirst) {

    private static final Pattern LINE = Pattern.compile("(?<commit>[0-9a-f]{40})[ \t]+(?<note>\\S.*)");

    Releases {
        oldestFirst = List.copyOf(oldestFirst);
        if (oldestFirst.isEmpty()) {
            throw new IllegalArgumentException("no release");
        }
    }

    /** Two versions that may run side by side. */
    record Pair(Version older, Version newer) {

        @Override
        public String toString() {
            return older + ", " + newer;
        }
    }

    static Releases read(Path repository) throws IOException {
        return parse(Files.readString(repository.resolve("scripts/releases.txt")));
    }

    /**
     * Parses the file's text.
     *
     * @throws IllegalArgumentException if a line is neither a comment nor a release, a commit is named twice, or there
     *     is no release
     */
    static Releases parse(String text) {
        List<Release> releases = new ArrayList<>();
        Set<String> commits = new HashSet<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            Matcher matcher = LINE.matcher(line.strip());
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "line " + number + ": '" + line + "', must be a full commit hash and a note");
            }
            if (!commits.add(matcher.group("commit"))) {
                throw new IllegalArgumentException("line " + number + ": the commit is named twice");
            }
            releases.add(new Release(matcher.group("commit"), matcher.group("note")));
        }
        return new Releases(releases);
    }

    /** Each release with the next one, and the last one with this tree. */
    List<Pair> pairs() {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 1; i < oldestFirst.size(); i++) {
            pairs.add(new Pair(oldestFirst.get(i - 1), oldestFirst.get(i)));
        }
        pairs.add(new Pair(oldestFirst.getLast(), new ThisTree()));
        return pairs;
    }
}
