package dev.streamgauge.standalone.upgrade;

import dev.streamgauge.standalone.system.Jars;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every role of a version is replaced by the next version, and back again, in every order and under load: totals stay
 * exact, both versions show the same, and none meets anything that it cannot read.
 */
@Tag("e2e")
class RollingUpgradeIT {

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    private static List<Releases.Pair> pairs() throws IOException {
        return Releases.read(Jars.ROOT).pairs();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void totals_areExact_whileVersionsRunSideBySide(Releases.Pair pair) throws Exception {
        ReleaseJars jars = ReleaseJars.ofThisRepository();
        Path older = jars.root(pair.older());
        Path newer = jars.root(pair.newer());
        try (RollingUpgrade upgrade = new RollingUpgrade(folder, older)) {
            // All roles at once, as Helm rolls them, and half of the processes first.
            upgrade.replace(newer, "ingest-1", "aggregator-1", "query-1");
            actAcross(upgrade);
            upgrade.assertExact();
            upgrade.replace(newer, "ingest-2", "aggregator-2", "query-2");
            upgrade.assertExact();

            // Back, and writers first: the newer aggregators get nothing but entries of the older version.
            upgrade.replace(older, "ingest-1", "ingest-2");
            upgrade.assertExact();
            upgrade.replace(older, "aggregator-1", "aggregator-2", "query-1", "query-2");
            upgrade.assertExact();

            // Forward, and writers first: the older aggregators get nothing but entries of the newer version.
            upgrade.replace(newer, "ingest-1", "ingest-2");
            upgrade.assertExact();
        }
    }

    /** Each version does something that the other has to know of; those with the number 1 are newer. */
    private static void actAcross(RollingUpgrade upgrade) throws Exception {
        upgrade.assertReplay("ingest-1", "ingest-2");
        upgrade.assertReplay("ingest-2", "ingest-1");
        upgrade.deleteSeries("aggregator-1");
        upgrade.deleteSeries("aggregator-2");
        upgrade.reset("aggregator-1", "ingest-2");
        upgrade.reset("aggregator-2", "ingest-1");
        upgrade.assertTenantRecord("aggregator-1", "aggregator-2");
        upgrade.assertTenantRecord("aggregator-2", "aggregator-1");
        upgrade.pushRejected("ingest-1", 3);
        upgrade.pushRejected("ingest-2", 2);
        upgrade.awaitFoldsByAll();
    }
}
