package dev.streamgauge.query.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.share.RenderingSlots.Slot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RenderingSlotsTest {

    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId QUIET = new TenantId("quiet");

    private final RenderingSlots slots = new RenderingSlots(64);
    private final List<Thread> waiting = new ArrayList<>();

    /** Starts to take slots, each on a thread of its own; counts those that are taken. */
    private AtomicInteger take(TenantId tenant, int count) {
        AtomicInteger taken = new AtomicInteger();
        for (int i = 0; i < count; i++) {
            Slot slot = slots.slotFor(tenant);
            waiting.add(Thread.startVirtualThread(() -> {
                try {
                    slot.take();
                    taken.incrementAndGet();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        return taken;
    }

    private static void awaitSteady(AtomicInteger taken, int expected) {
        await().during(Duration.ofMillis(200)).until(() -> taken.get() == expected);
    }

    @Test
    void take_givesATenantAFifth_whenItIsAlone() {
        AtomicInteger ofOne = take(ACME, 64);

        awaitSteady(ofOne, 13); // with 12 of them held, 52 are free, and 12 is less than a quarter of 52
    }

    @Test
    void take_leavesSlots_whenFourTenantsTakeAllThatTheyCan() throws Exception {
        for (int i = 0; i < 4; i++) {
            TenantId greedy = new TenantId("greedy-" + i);
            AtomicInteger taken = take(greedy, 64);
            await().until(() -> taken.get() > 5);
        }

        Slot quiet = slots.slotFor(QUIET);
        quiet.take();

        assertThat(quiet.isTaken()).isTrue();
    }

    @Test
    void take_givesATenantItsFirstSlot_whileAnyIsFree() throws Exception {
        RenderingSlots two = new RenderingSlots(2);
        Slot ofAcme = two.slotFor(ACME);
        ofAcme.take();

        Slot quiet = two.slotFor(QUIET);
        quiet.take();

        assertThat(quiet.isTaken()).isTrue();
    }

    @Test
    void take_waits_untilASlotIsGivenBack() throws Exception {
        RenderingSlots one = new RenderingSlots(1);
        Slot first = one.slotFor(ACME);
        first.take();
        Slot second = one.slotFor(QUIET);
        Thread waits = Thread.startVirtualThread(() -> {
            try {
                second.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        await().during(Duration.ofMillis(200)).until(() -> !second.isTaken());

        first.give();
        first.give(); // does nothing

        assertThat(waits.join(Duration.ofSeconds(20))).isTrue();
        assertThat(second.isTaken()).isTrue();
        assertThat(first.isTaken()).isFalse();
    }

    @Test
    void take_ends_whenItsThreadIsInterrupted() {
        RenderingSlots none = new RenderingSlots(0);
        AtomicInteger interrupted = new AtomicInteger();
        Thread waits = Thread.startVirtualThread(() -> {
            try {
                none.slotFor(ACME).take();
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
            }
        });

        waits.interrupt();

        await().until(() -> interrupted.get() == 1);
    }
}
