package dev.streamgauge.benchmarks.sidebyside;

import java.util.ArrayList;
import java.util.List;

/** Closes the arms that were made, even if a later one could not be made. */
final class Closing implements AutoCloseable {

    private final List<Arm> arms = new ArrayList<>();

    Arm add(Arm arm) {
        arms.add(arm);
        return arm;
    }

    Arm[] all() {
        return arms.toArray(Arm[]::new);
    }

    @Override
    public void close() {
        arms.forEach(Arm::close);
    }
}
