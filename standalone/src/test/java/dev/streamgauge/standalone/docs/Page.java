package dev.streamgauge.standalone.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Markdown document of this source tree.
 *
 * @param text its text, line ends as {@code \n}
 */
public record Page(String text) {

    /** The folder of the whole source tree. */
    public static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static final Pattern CODE = Pattern.compile("`([^`]*)`");

    /** The page at that path below the root. */
    public static Page read(String path) {
        try {
            return new Page(Files.readString(ROOT.resolve(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A table's row, cell by cell. */
    public record Row(List<String> cells) {

        /** The first text in backticks of a cell; empty if there is none. */
        public String code(int cell) {
            Matcher code = CODE.matcher(cells.get(cell));
            return code.find() ? code.group(1) : "";
        }

        public String cell(int cell) {
            return cells.get(cell);
        }
    }

    /** The rows of all tables whose first column has that heading. */
    public List<Row> table(String heading) {
        List<Row> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : text.lines().toList()) {
            if (!line.startsWith("|")) {
                inside = false;
            } else if (inside && !line.startsWith("|---")) {
                rows.add(row(line));
            } else if (row(line).cell(0).equals(heading)) {
                inside = true;
            }
        }
        return rows;
    }

    private static Row row(String line) {
        String inner = line.substring(1, line.lastIndexOf('|'));
        return new Row(Arrays.stream(inner.split("(?<!\\\\)\\|", -1))
                .map(cell -> cell.strip().replace("\\|", "|"))
                .toList());
    }
}
