package dev.streamgauge.query.routes;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Finds which of the names that a scrape asks for are families of its tenant, so that scrapes that differ in unknown
 * names only are equal.
 *
 * <p>For each tenant, at most one look-up is under way; requests that come meanwhile share the next one. So a look-up
 * always begins after the request, and a family that was folded before the request is found. Thread-safe.
 */
@ApplicationScoped
class FamilyLookups {

    /** Names of one look-up, unless a single request has more. */
    private static final int MAX_NAMES = 1_000;

    private final Reader reader;
    private final Map<TenantId, Queue<Waiter>> waiting = new HashMap<>(); // guarded by itself

    /** Reads which of some names are families. */
    interface Reader {

        Uni<Set<String>> find(TenantId tenant, Collection<String> names);
    }

    @Inject
    FamilyLookups(RedisTopology topology) {
        this(new RegistryReader(topology)::findFamilies);
    }

    FamilyLookups(Reader reader) {
        this.reader = reader;
    }

    private record Waiter(Set<String> names, CompletableFuture<Set<String>> found) {}

    /** Those of the names that are families of the tenant. Does not block; fails with {@link RedisFailure}. */
    Uni<Set<String>> find(TenantId tenant, Set<String> names) {
        Waiter waiter = new Waiter(names, new CompletableFuture<>());
        boolean isFirst;
        synchronized (waiting) {
            isFirst = !waiting.containsKey(tenant);
            waiting.computeIfAbsent(tenant, absent -> new ArrayDeque<>()).add(waiter);
        }
        if (isFirst) {
            lookUpNext(tenant);
        }
        return Uni.createFrom().completionStage(waiter.found());
    }

    private void lookUpNext(TenantId tenant) {
        List<Waiter> group = new ArrayList<>();
        Set<String> names = new HashSet<>();
        synchronized (waiting) {
            Queue<Waiter> queue = waiting.getOrDefault(tenant, new ArrayDeque<>());
            for (Waiter next = queue.peek(); next != null && isRoom(names, next); next = queue.peek()) {
                group.add(queue.remove());
                names.addAll(next.names());
            }
            if (group.isEmpty()) {
                waiting.remove(tenant);
                return;
            }
        }
        reader.find(tenant, names)
                .onTermination()
                .invoke(() -> lookUpNext(tenant))
                .subscribe()
                .with(
                        found -> group.forEach(waiter -> answer(waiter, found)),
                        failure -> group.forEach(waiter -> waiter.found().completeExceptionally(failure)));
    }

    private static boolean isRoom(Set<String> names, Waiter next) {
        return names.isEmpty() || names.size() + next.names().size() <= MAX_NAMES;
    }

    private static void answer(Waiter waiter, Set<String> found) {
        Set<String> own = new HashSet<>(waiter.names());
        own.retainAll(found);
        waiter.found().complete(own);
    }
}
