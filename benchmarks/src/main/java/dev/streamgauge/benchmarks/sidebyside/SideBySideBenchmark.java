package dev.streamgauge.benchmarks.sidebyside;

import dev.streamgauge.benchmarks.processes.Cores;
import dev.streamgauge.benchmarks.processes.Machine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a push, a sample and a scrape cost ours and its peers, with all processes of a system on one core, Redis
 * included, and the sender on another. Run by {@code make bench}.
 *
 * <p>Exits with 1 if a system shows another sum than was acknowledged to it, or a row fails; a target that is missed is
 * only printed.
 */
public final class SideBySideBenchmark {

    private SideBySideBenchmark() {}

    /** Measures and prints; see {@link Options#USAGE}. */
    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try {
            if (!run(Options.parse(args), out)) {
                System.exit(1);
            }
        } catch (IllegalArgumentException e) {
            out.println(e.getMessage());
            System.exit(2);
        }
    }

    private static boolean run(Options options, PrintStream out) throws IOException {
        List<Row> chosen = Rows.all().stream()
                .filter(row -> options.only().isEmpty() || options.only().contains(row.name()))
                .toList();
        if (options.isList() || chosen.size() < options.only().size()) {
            Rows.all().forEach(row -> out.printf("%-20s %s%n", row.name(), row.what()));
            return options.isList();
        }
        Cores.check();
        Path data = Files.createDirectories(
                Path.of("benchmarks", "target", "side-by-side").toAbsolutePath());
        String machine = Machine.describe(data);
        out.println(machine);
        Bench bench = new Bench(options, out, data, machine);
        List<Finding> findings = new ArrayList<>();
        boolean isRight = true;
        for (Row row : chosen) {
            out.printf("%n%s: %s%n", row.name(), row.what());
            try {
                findings.addAll(row.measure(bench));
            } catch (WrongAnswerException e) {
                isRight = false;
                out.println("WRONG: " + e.getMessage());
                findings.add(Finding.notMeasured(row.name(), row.what(), "a wrong answer"));
            } catch (RuntimeException e) { // the other rows of a long run are worth having
                isRight = false;
                e.printStackTrace(out);
                findings.add(Finding.notMeasured(row.name(), row.what(), "it failed: " + e.getMessage()));
            }
        }
        out.println();
        out.println(machine);
        out.println(Finding.heading() + findings.stream().map(Finding::markdown).collect(Collectors.joining()));
        return isRight;
    }
}
