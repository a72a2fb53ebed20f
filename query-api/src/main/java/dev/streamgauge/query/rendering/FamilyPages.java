package dev.streamgauge.query.rendering;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.share.ReadAhead;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import io.smallrye.mutiny.Uni;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the series of some families page by page, and requests the next pages ahead of time.
 *
 * <p>Most families fit in one or two pages, and would cost a round trip each; so the first two pages of several families
 * are requested together. Their number adapts to the pages: it doubles after a small page, up to {@value #MAX_AHEAD}, and
 * halves after a large one, so that only a small part of a large registry is in memory; and all scrapes of the process
 * share a {@link ReadAhead}. Not thread-safe.
 */
final class FamilyPages implements AutoCloseable {

    private static final int MAX_AHEAD = 16;
    private static final int LARGE_PAGE_BYTES = 64 * 1024;

    private final RegistryReader reader;
    private final ReadAhead limit;
    private final TenantId tenant;
    private final Iterator<Family> families;
    private final BiConsumer<String, RuntimeException> unreadable;
    private final Queue<Awaited> ahead = new ArrayDeque<>(MAX_AHEAD);
    private int window = 2;
    private int limited;
    private @Nullable Awaited rest;

    /**
     * Requests nothing yet.
     *
     * @param unreadable called for each family with unexpected data in its key, with the name and the error
     */
    FamilyPages(
            RegistryReader reader,
            ReadAhead limit,
            TenantId tenant,
            Iterator<Family> families,
            BiConsumer<String, RuntimeException> unreadable) {
        this.reader = reader;
        this.limit = limit;
        this.tenant = tenant;
        this.families = families;
        this.unreadable = unreadable;
    }

    /** The position of a page among the pages of its family. */
    enum Place {
        ONLY,
        FIRST,
        LATER
    }

    /** A page of a family. */
    record FamilyPage(Family family, SeriesPage page, Place place) {}

    /**
     * A requested page.
     *
     * @param then the page after it, requested as soon as it is there; empty for a later page
     */
    private record Awaited(
            Family family, CompletionStage<SeriesPage> page, Optional<CompletionStage<SeriesPage>> then) {}

    /** The next page; empty after the last. Blocks, and throws {@link RedisFailure}. */
    Optional<FamilyPage> readNext() {
        Awaited later = rest;
        if (later != null) {
            return Optional.of(take(later, Place.LATER));
        }
        while (ahead.size() < window && families.hasNext() && mayAsk()) {
            ahead.add(askFirst(families.next()));
        }
        Awaited first = ahead.poll();
        if (limited > ahead.size()) {
            limited--;
            limit.done();
        }
        return first == null ? Optional.empty() : Optional.of(take(first, Place.FIRST));
    }

    /** One page may always be requested; another one only within the limit of the process. */
    private boolean mayAsk() {
        if (ahead.size() > limited) {
            if (!limit.tryBegin()) {
                return false;
            }
            limited++;
        }
        return true;
    }

    private FamilyPage take(Awaited awaited, Place place) {
        // The connection has a deadline.
        SeriesPage page = Uni.createFrom()
                .completionStage(awaited.page())
                .onFailure(failure -> failure instanceof RedisFailure redis && redis.isWrongType())
                .recoverWithItem(failure -> {
                    unreadable.accept(awaited.family().name(), (RedisFailure) failure);
                    return SeriesPage.NONE;
                })
                .await()
                .indefinitely();
        window = isLarge(page) ? Math.max(1, window / 2) : Math.min(MAX_AHEAD, window * 2);
        rest = page.isLast() ? null : after(awaited, page);
        return new FamilyPage(awaited.family(), page, place == Place.FIRST && page.isLast() ? Place.ONLY : place);
    }

    private Awaited after(Awaited awaited, SeriesPage page) {
        return new Awaited(
                awaited.family(),
                awaited.then().orElseGet(() -> ask(awaited.family(), page.cursor())),
                Optional.empty());
    }

    /** Also requests the second page as soon as the first is there, since the first one is small. */
    private Awaited askFirst(Family family) {
        CompletionStage<SeriesPage> first = ask(family, SeriesPage.END);
        CompletionStage<SeriesPage> second = first.thenCompose(
                page -> page.isLast() ? CompletableFuture.completedStage(SeriesPage.NONE) : ask(family, page.cursor()));
        return new Awaited(family, first, Optional.of(second));
    }

    private CompletionStage<SeriesPage> ask(Family family, String cursor) {
        return reader.readSeries(tenant, family.name(), cursor).subscribeAsCompletionStage();
    }

    private static boolean isLarge(SeriesPage page) {
        return page.series().stream().mapToLong(SeriesPage.Row::bytes).sum() > LARGE_PAGE_BYTES;
    }

    @Override
    public void close() {
        for (; limited > 0; limited--) {
            limit.done();
        }
    }
}
