package dev.streamgauge.query;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import io.smallrye.mutiny.Uni;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the series of some families page by page, and requests the next pages ahead of time.
 *
 * <p>Most families fit in one page, and would cost a round trip each; so the first pages of several families are
 * requested together. Their number adapts to the pages: it doubles after a small page, up to {@value #MAX_AHEAD}, and
 * halves after a large one, so that only a small part of a large registry is in memory. Not thread-safe.
 */
final class FamilyPages {

    private static final int MAX_AHEAD = 16;
    private static final int LARGE_PAGE_BYTES = 64 * 1024;

    private final RegistryReader reader;
    private final TenantId tenant;
    private final Iterator<Family> families;
    private final BiConsumer<String, RuntimeException> unreadable;
    private final Queue<Awaited> ahead = new ArrayDeque<>(MAX_AHEAD);
    private int window = 2;
    private @Nullable Awaited rest;

    /**
     * Requests nothing yet.
     *
     * @param unreadable called for each family with unexpected data in its key, with the name and the error
     */
    FamilyPages(
            RegistryReader reader,
            TenantId tenant,
            Iterator<Family> families,
            BiConsumer<String, RuntimeException> unreadable) {
        this.reader = reader;
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

    private record Awaited(Family family, CompletionStage<SeriesPage> page) {}

    /** The next page; empty after the last. Blocks, and throws {@link RedisFailure}. */
    Optional<FamilyPage> readNext() {
        Awaited later = rest;
        if (later != null) {
            return Optional.of(take(later, Place.LATER));
        }
        while (ahead.size() < window && families.hasNext()) {
            ahead.add(ask(families.next(), SeriesPage.END));
        }
        Awaited first = ahead.poll();
        return first == null ? Optional.empty() : Optional.of(take(first, Place.FIRST));
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
        rest = page.isLast() ? null : ask(awaited.family(), page.cursor());
        return new FamilyPage(awaited.family(), page, place == Place.FIRST && page.isLast() ? Place.ONLY : place);
    }

    private Awaited ask(Family family, String cursor) {
        return new Awaited(
                family, reader.readSeries(tenant, family.name(), cursor).subscribeAsCompletionStage());
    }

    private static boolean isLarge(SeriesPage page) {
        long bytes = 0;
        for (SeriesPage.Row row : page.series()) {
            bytes += row.labels().length + row.value().length;
        }
        return bytes > LARGE_PAGE_BYTES;
    }
}
