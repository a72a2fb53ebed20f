package dev.streamgauge.server.tenants;

import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.tenant.DirectoryAnswer;
import dev.streamgauge.redis.tenant.DirectoryPosition;
import dev.streamgauge.redis.tenant.TenantDirectory;
import io.smallrye.mutiny.Uni;

/**
 * Keeps a {@link TenantIndex} up to date with the directory in Redis. While it reads the whole directory again, the old
 * index stays in use, so that no key stops working for a moment. One read at a time.
 */
final class DirectoryReader {

    /** If entries are deleted faster than they are read, the read gives up and is repeated at the next poll. */
    private static final int MAX_RESTARTS = 3;

    private final TenantDirectory directory;
    private volatile TenantIndex index = new TenantIndex();
    private volatile DirectoryPosition position = DirectoryPosition.NONE;

    DirectoryReader(TenantDirectory directory) {
        this.directory = directory;
    }

    /** Brings the index up to date. If it fails with {@link RedisFailure}, the index is as it was, or newer. */
    Uni<Void> read() {
        return Uni.createFrom().deferred(() -> read(position, index, 0));
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
        if (into == index || changes.isLast()) {
            index = into;
            position = changes.next();
        }
        return changes.isLast() ? Uni.createFrom().voidItem() : read(changes.next(), into, restarts);
    }

    /** The tenants as of the last read. */
    TenantIndex index() {
        return index;
    }
}
