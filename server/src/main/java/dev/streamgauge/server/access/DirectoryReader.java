package dev.streamgauge.server.access;

import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.tenant.DirectoryAnswer;
import dev.streamgauge.redis.tenant.DirectoryPosition;
import dev.streamgauge.redis.tenant.TenantDirectory;
import io.smallrye.mutiny.Uni;

/**
 * Keeps a {@link TenantIndex} as the directory is. While it reads all again, the book as it was stays in force, so that no key
 * stops working for a moment. One read at a time.
 */
final class DirectoryReader {

    /** A directory of which more is deleted than it remembers, while it is read again and again, is read next time. */
    private static final int MAX_RESTARTS = 3;

    private final TenantDirectory directory;
    private volatile TenantIndex book = new TenantIndex();
    private volatile DirectoryPosition position = DirectoryPosition.NONE;

    DirectoryReader(TenantDirectory directory) {
        this.directory = directory;
    }

    /** Brings the book up to date. Fails with {@link RedisFailure}; the book is then as it was, or newer. */
    Uni<Void> read() {
        return Uni.createFrom().deferred(() -> read(position, book, 0));
    }

    private Uni<Void> read(DirectoryPosition from, TenantIndex into, int restarts) {
        return directory.readSince(from).flatMap(answer -> switch (answer) {
            case DirectoryAnswer.Restart(DirectoryPosition start) ->
                restarts < MAX_RESTARTS
                        ? read(start, new TenantIndex(), restarts + 1)
                        : Uni.createFrom()
                                .failure(() -> new RedisFailure(
                                        RedisFailure.Kind.UNAVAILABLE,
                                        "directory of tenants: changes while it is read"));
            case DirectoryAnswer.Changes changes -> take(changes, into, restarts);
        });
    }

    private Uni<Void> take(DirectoryAnswer.Changes changes, TenantIndex into, int restarts) {
        changes.entries().forEach(into::take);
        if (into == book || changes.isLast()) {
            book = into;
            position = changes.next();
        }
        return changes.isLast() ? Uni.createFrom().voidItem() : read(changes.next(), into, restarts);
    }

    /** The tenants as they were read last. */
    TenantIndex book() {
        return book;
    }
}
