package dev.streamgauge.benchmarks.sidebyside;

/** Whether a figure meets its target. */
enum TargetResult {
    HOLDS("holds"),
    DOES_NOT_HOLD("does not hold"),
    /** A figure without a target. */
    NO_TARGET(""),
    NOT_MEASURED("not measured");

    private final String text;

    TargetResult(String text) {
        this.text = text;
    }

    static TargetResult of(boolean holds) {
        return holds ? HOLDS : DOES_NOT_HOLD;
    }

    @Override
    public String toString() {
        return text;
    }
}
