package dev.streamgauge.benchmarks.sidebyside;

import dev.streamgauge.benchmarks.processes.FlightRecording;
import dev.streamgauge.benchmarks.systems.Streamgauge;
import dev.streamgauge.benchmarks.systems.VictoriaMetrics;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Stream;

/** What all rows measure with: new systems, and rounds that take turns. */
final class Bench {

    private final Options options;
    private final PrintStream out;
    private final Path data;
    private final String machine;

    Bench(Options options, PrintStream out, Path data, String machine) {
        this.options = options;
        this.out = out;
        this.data = data;
        this.machine = machine;
    }

    Options options() {
        return options;
    }

    PrintStream out() {
        return out;
    }

    Streamgauge streamgauge() {
        return new Streamgauge(newDirectory());
    }

    VictoriaMetrics victoriaMetrics() {
        return new VictoriaMetrics(newDirectory());
    }

    /** Where Redis writes. */
    Path data() {
        return data;
    }

    /** Draws it, if plots are wanted. */
    void plot(Plot plot) {
        Path directory = options.plots();
        if (directory != null) {
            plot.write(directory, machine);
        }
    }

    /** A folder on the disk that is measured. */
    Path newDirectory() {
        try {
            return Files.createTempDirectory(data, "system-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Warms up all arms, lets them take turns in the order ABBA, so that a machine that slows down or warms up on the
     * way favors none, and compares their answers with what was acknowledged.
     *
     * @return whether each has enough rounds during which the machine did nothing else
     */
    boolean takeTurns(String row, Arm... arms) {
        for (Arm arm : arms) {
            arm.warmUp(options.warmUp());
        }
        List<FlightRecording> recordings = record(row, arms);
        out.printf(
                Locale.ROOT,
                "%-22s %9s %9s %9s %8s %8s %8s  %s%n",
                "",
                "pushes",
                "us/push",
                "us/sample",
                "cores",
                "gen.",
                "others",
                "us/push by process");
        int most = 2 * options.rounds() + 2;
        for (int round = 0; round < most && !isEnough(arms); round++) {
            List<Arm> order = round % 2 == 0 ? List.of(arms) : List.of(arms).reversed();
            for (Arm arm : order) {
                measure(arm);
            }
        }
        recordings.forEach(FlightRecording::close);
        for (Arm arm : arms) {
            arm.check();
        }
        return isEnough(arms);
    }

    private void measure(Arm arm) {
        Round round = arm.round(options.round());
        boolean isCounted = round.otherCores() <= options.otherCores();
        if (isCounted) {
            arm.count(round);
        }
        double seconds = round.elapsed().toNanos() / 1e9;
        StringJoiner processes = new StringJoiner(" ");
        round.cpu()
                .keySet()
                .forEach(process -> processes.add(process + " " + Spread.number(round.microsAPush(process))));
        out.printf(
                Locale.ROOT,
                "%-22s %9d %9.2f %9.3f %8.2f %8.2f %8.2f  %s%s%n",
                arm.name(),
                round.load().accepted(),
                round.microsAPush(),
                round.microsASample(),
                round.total().toNanos() / 1e9 / seconds,
                round.generatorCpu().toNanos() / 1e9 / seconds,
                round.otherCores(),
                processes,
                isCounted ? "" : "; not counted, as others used the machine");
    }

    private boolean isEnough(Arm... arms) {
        return Stream.of(arms).allMatch(arm -> arm.rounds().size() >= options.rounds());
    }

    private List<FlightRecording> record(String row, Arm... arms) {
        List<FlightRecording> recordings = new ArrayList<>();
        Path directory = options.recordings();
        if (directory != null) {
            for (Arm arm : arms) {
                if (arm.system() instanceof Streamgauge ours) {
                    ours.processes().forEach((process, pid) -> {
                        if (!process.equals("redis")) {
                            String name =
                                    String.join("-", row, arm.name(), process).replace(' ', '-');
                            recordings.add(FlightRecording.start(pid, directory.resolve(name + ".jfr")));
                        }
                    });
                }
            }
        }
        return recordings;
    }
}
