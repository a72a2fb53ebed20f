package dev.streamgauge.query.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.accounting.FamilySize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Families are counted rarely, once for concurrent requests, and for few tenants at a time. */
class LargestFamiliesTest {

    private static final TenantId ACME = new TenantId("acme");

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger counts = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private volatile boolean isRedisDown;

    private final LargestFamilies families = new LargestFamilies(this::count, nanos::get);

    @AfterEach
    void letEnd() {
        mayEnd.countDown();
    }

    private List<FamilySize> count(TenantId tenant) {
        underWay.incrementAndGet();
        try {
            mayEnd.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (isRedisDown) {
            throw new RedisFailure(RedisFailure.Kind.UNREACHABLE, "down");
        }
        return List.of(new FamilySize(tenant.value(), counts.incrementAndGet()));
    }

    private List<FamilySize> ask(TenantId tenant) {
        return families.of(tenant).await().atMost(Duration.ofSeconds(10));
    }

    @Test
    void families_areCountedAgain_afterHalfAMinute() {
        mayEnd.countDown();

        List<FamilySize> first = ask(ACME);
        nanos.addAndGet(LargestFamilies.KEPT.minusMillis(1).toNanos());
        List<FamilySize> kept = ask(ACME);

        assertThat(List.of(first, kept)).containsOnly(List.of(new FamilySize("acme", 1)));
        // The half minute begins a moment after the first answer, by the clock at that time.
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            nanos.addAndGet(LargestFamilies.KEPT.toNanos());
            assertThat(ask(ACME)).containsExactly(new FamilySize("acme", 2));
        });
    }

    @Test
    void families_areCountedOnce_whenManyAskTogether() {
        List<CompletableFuture<List<FamilySize>>> asked = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            asked.add(families.of(ACME).subscribeAsCompletionStage());
        }

        mayEnd.countDown();

        assertThat(asked).allSatisfy(each -> assertThat(each.join()).containsExactly(new FamilySize("acme", 1)));
    }

    @Test
    void tenants_areCountedTwoAtATime() {
        List<CompletableFuture<List<FamilySize>>> asked = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            asked.add(families.of(new TenantId("tenant-" + i)).subscribeAsCompletionStage());
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> underWay.get() == 2);

        await().during(Duration.ofMillis(200)).atMost(Duration.ofSeconds(10)).until(() -> underWay.get() == 2);
        mayEnd.countDown();

        assertThat(asked).allSatisfy(each -> assertThat(each.join()).hasSize(1));
        assertThat(counts).hasValue(20);
    }

    @Test
    void failure_isNotKept() {
        mayEnd.countDown();
        isRedisDown = true;
        assertThatThrownBy(() -> ask(ACME)).isInstanceOf(RedisFailure.class);
        isRedisDown = false;

        // The failed count leaves the cache a moment after its answer.
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(ask(ACME)).hasSize(1));
    }
}
