package dev.streamgauge.standalone.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page that users read, with its links, headings and snippets.
 *
 * @param file from the root of the source tree
 * @param prose the page without its fenced blocks
 * @param snippets the fenced blocks, in order
 */
public record Guide(Path file, String prose, List<Snippet> snippets) {

    static final Path DOCS = Path.of("src/docs");

    private static final Pattern FENCED_BLOCK = Pattern.compile("(?ms)^( *)```(\\w*)\\n(.*?)^ *```$");
    private static final Pattern CODE = Pattern.compile("<code>.*?</code>|`[^`]*`");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+)$");

    public Guide {
        snippets = List.copyOf(snippets);
    }

    /** A fenced block without its indentation; {@code language} is empty if the page names none. */
    public record Snippet(String language, String text) {}

    /** A relative link; the path is from the root of the source tree, and the anchor is empty if there is none. */
    record Link(Path path, String anchor) {}

    /** The pages of {@code src/docs}, and the other documents that they belong together with. */
    public static List<Guide> all() {
        try (Stream<Path> docs = Files.walk(Page.ROOT.resolve(DOCS));
                Stream<Path> deploy = Files.walk(Page.ROOT.resolve("deploy"))) {
            return Stream.of(
                            docs.filter(file -> file.toString().endsWith(".md")),
                            deploy.filter(file -> file.endsWith("README.md")),
                            Stream.of("README.md", "CHANGELOG.md", "clients/README.md")
                                    .map(Page.ROOT::resolve))
                    .flatMap(files -> files)
                    .map(Page.ROOT::relativize)
                    .sorted()
                    .map(file -> parse(file, Page.read(file.toString()).text()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Guide parse(Path file, String text) {
        List<Snippet> snippets = FENCED_BLOCK
                .matcher(text)
                .results()
                .map(block -> new Snippet(block.group(2), block.group(3).replaceAll("(?m)^" + block.group(1), "")))
                .toList();
        return new Guide(file, FENCED_BLOCK.matcher(text).replaceAll(""), snippets);
    }

    boolean isBelow(Path folder) {
        return file.startsWith(folder);
    }

    public Stream<Snippet> snippets(String language) {
        return snippets.stream().filter(snippet -> snippet.language().equals(language));
    }

    /** The links to this source tree. */
    List<Link> links() {
        return LINK.matcher(CODE.matcher(prose).replaceAll(""))
                .results()
                .map(link -> link.group(1))
                .filter(link -> !link.matches("\\w+:.*"))
                .map(link -> link.split("#", 2))
                .map(parts -> new Link(
                        parts[0].isEmpty()
                                ? file
                                : file.resolveSibling(parts[0]).normalize(),
                        parts.length == 1 ? "" : parts[1]))
                .toList();
    }

    /** The anchors of the headings, as GitHub makes them. */
    Set<String> anchors() {
        Set<String> anchors = new HashSet<>();
        Matcher heading = HEADING.matcher(prose);
        while (heading.find()) {
            String anchor = heading.group(1)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("\\]\\([^)]*\\)", "")
                    .replaceAll("[^\\p{L}\\p{N}\\-_ ]", "")
                    .replace(' ', '-');
            for (int i = 1; !anchors.add(anchor); i++) {
                anchor = anchor.replaceFirst("-" + (i - 1) + "$", "") + "-" + i;
            }
        }
        return anchors;
    }
}
