package dev.streamgauge.benchmarks.sidebyside;

import java.util.ArrayList;
import java.util.List;

/** All rows, in the order of the table. */
final class Rows {

    private Rows() {}

    static List<Row> all() {
        List<Row> rows = new ArrayList<>(CostRows.rows());
        rows.addAll(LatencyRows.rows());
        rows.addAll(ScrapeRows.rows());
        rows.addAll(StateRows.rows());
        return rows;
    }
}
