package dev.streamgauge.benchmarks.sidebyside;

import java.util.ArrayList;
import java.util.List;

/** All rows, in the order of the table. */
final class Rows {

    private Rows() {}

    static List<Row> all() {
        return new ArrayList<>(CostRows.rows());
    }
}
