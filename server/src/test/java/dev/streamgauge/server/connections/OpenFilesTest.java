package dev.streamgauge.server.connections;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenFilesTest {

    @ParameterizedTest
    @CsvSource({
        "900,               536870912, 644", // ulimit -n 1024
        "1048576,           536870912, 16384",
        "1048576,           805306368, 24576",
        "9223372036854775807, 805306368, 24576",
        "100,               536870912, 16"
    })
    void connections_areWhatOpenFilesAndHeapAllow(long freeFiles, long maxHeap, int connections) {
        assertThat(OpenFiles.connections(freeFiles, maxHeap)).isEqualTo(connections);
    }
}
