package dev.streamgauge.ingest.overload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TenantRoomTest {

    private final TenantRoom room = new TenantRoom(10);

    private void count(long tenants) {
        room.countBegins();
        room.counted(tenants);
    }

    @Test
    void reserve_givesWhatIsLeft_untilTheNextCount() {
        count(6);

        assertThat(room.reserve(3)).isEqualTo(3);
        assertThat(room.reserve(3)).isEqualTo(1);
        assertThat(room.reserve(3)).isZero();
        room.release(3);
        assertThat(room.reserve(1)).isZero();
    }

    @Test
    void reserve_givesAgain_whenACallHasCreatedNothing() {
        count(6);
        room.release(room.reserve(4));

        count(6);

        assertThat(room.reserve(9)).isEqualTo(4);
    }

    @Test
    void count_mayHaveMissedWhatWasCreatedMeanwhile() {
        count(6);
        int underWay = room.reserve(1);
        room.countBegins();
        room.reserve(1);
        room.release(underWay);

        room.counted(6);

        assertThat(room.reserve(9)).isEqualTo(2);
    }

    @Test
    void reserve_givesNothing_whenThereAreMoreThanAllowed() {
        count(12);

        assertThat(room.reserve(1)).isZero();
    }

    @Test
    void reserve_givesAll_beforeTheFirstCount() {
        assertThat(room.reserve(11)).isEqualTo(10);
    }
}
