package dev.streamgauge.benchmarks.sidebyside;

import java.util.List;
import java.util.Locale;

/**
 * One line of the table.
 *
 * @param note why it was not measured, or what else there is to say
 */
record Finding(
        String row,
        String what,
        String ours,
        String theirs,
        String ratio,
        String target,
        TargetResult result,
        String note) {

    static String heading() {
        return """
                | row | what | ours | theirs | ratio | target | |
                |---|---|---|---|---|---|---|
                """;
    }

    static Finding notMeasured(String row, String what, String why) {
        return new Finding(row, what, "", "", "", "", TargetResult.NOT_MEASURED, why);
    }

    static List<Finding> tooBusy(String row, String what) {
        return List.of(notMeasured(row, what, "other programs used the machine"));
    }

    Finding withoutTarget() {
        return new Finding(row, what, ours, theirs, ratio, "", TargetResult.NO_TARGET, note);
    }

    /** A figure of ours without a target. */
    static Finding figure(String row, String what, String ours) {
        return new Finding(row, what, ours, "", "", "", TargetResult.NO_TARGET, "");
    }

    static String ratio(double value) {
        return String.format(Locale.ROOT, value >= 10 ? "%.0f" : "%.2f", value);
    }

    String markdown() {
        String last =
                note.isEmpty() ? result.toString() : result + (result.toString().isEmpty() ? "" : ": ") + note;
        return "| " + String.join(" | ", List.of(row, what, ours, theirs, ratio, target, last)) + " |\n";
    }
}
