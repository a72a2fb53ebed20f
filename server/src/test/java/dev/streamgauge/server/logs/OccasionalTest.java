package dev.streamgauge.server.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OccasionalTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE); // the end of the minute overflows
    private final Occasional occasional = new Occasional(now::get);

    @Test
    void first_isReportedAtOnce() {
        assertThat(occasional.next()).isEqualTo(1);
    }

    @Test
    void others_areReportedTogether_onceAMinuteHasPassed() {
        occasional.next();

        assertThat(occasional.next()).isZero();
        now.addAndGet(Duration.ofMinutes(1).toNanos() - 1);
        assertThat(occasional.next()).isZero();
        now.incrementAndGet();
        assertThat(occasional.next()).isEqualTo(3);
        assertThat(occasional.next()).isZero();
    }
}
