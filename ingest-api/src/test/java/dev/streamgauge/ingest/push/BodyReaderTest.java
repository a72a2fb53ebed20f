package dev.streamgauge.ingest.push;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BodyReaderTest {

    private static final int MAX_BYTES = 1_000_000;

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = """
            kept,   received, announced, room
            0,      100,      100,       100
            0,      65536,    100000,    100000
            0,      1,        999999,    8
            8,      9,        999999,    72
            0,      500000,   5000000,   1000000
            0,      100,      -1,        100
            100,    150,      -1,        200
            100,    900,      -1,        900
            600000, 600001,   -1,        1000000
            0,      100,      10,        100
            """)
    void room_isMadeForWhatIsAnnounced_butForLittleMoreThanHasCome(int kept, int received, long announced, int room) {
        assertThat(BodyReader.roomFor(kept, received, announced, MAX_BYTES)).isEqualTo(room);
    }
}
