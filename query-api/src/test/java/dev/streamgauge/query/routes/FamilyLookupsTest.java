package dev.streamgauge.query.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.tenant.TenantId;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FamilyLookupsTest {

    private static final TenantId ACME = new TenantId("acme");

    private final Set<String> families = new HashSet<>(Set.of("up", "orders_total"));
    private final List<Set<String>> asked = new ArrayList<>();
    private final List<CompletableFuture<Void>> calls = new ArrayList<>();
    private final FamilyLookups lookups = new FamilyLookups(this::read);

    /** Answers when the test completes the call, with the families of that moment. */
    private Uni<Set<String>> read(TenantId tenant, Collection<String> names) {
        CompletableFuture<Void> call = new CompletableFuture<>();
        asked.add(Set.copyOf(names));
        calls.add(call);
        return Uni.createFrom().completionStage(call).map(answered -> {
            Set<String> found = new HashSet<>(names);
            found.retainAll(families);
            return found;
        });
    }

    private CompletableFuture<Set<String>> find(TenantId tenant, String... names) {
        return lookups.find(tenant, Set.of(names)).subscribeAsCompletionStage();
    }

    @Test
    void find_givesTheNamesThatAreFamilies() {
        CompletableFuture<Set<String>> found = find(ACME, "up", "unknown");

        calls.getFirst().complete(null);

        assertThat(found.join()).containsExactly("up");
    }

    @Test
    void find_makesOneMoreCall_whenManyRequestsComeDuringAnother() {
        CompletableFuture<Set<String>> first = find(ACME, "up");
        List<CompletableFuture<Set<String>>> others = IntStream.range(0, 64)
                .mapToObj(i -> find(ACME, "orders_total", "unknown_" + i))
                .toList();
        families.add("unknown_7"); // folded after these requests, and still found

        calls.getFirst().complete(null);
        calls.getLast().complete(null);

        assertThat(asked).hasSize(2);
        assertThat(first.join()).containsExactly("up");
        assertThat(others.get(6).join()).containsExactly("orders_total");
        assertThat(others.get(7).join()).containsExactlyInAnyOrder("orders_total", "unknown_7");
    }

    @Test
    void find_asksForAThousandNamesAtOnce_whenMoreWait() {
        CompletableFuture<Set<String>> before = find(ACME, "up");
        List<CompletableFuture<Set<String>>> others = IntStream.range(0, 30)
                .mapToObj(i -> find(
                        ACME,
                        IntStream.range(0, 100)
                                .mapToObj(n -> "n_" + i + "_" + n)
                                .toArray(String[]::new)))
                .toList();

        for (int i = 0; i < calls.size(); i++) {
            calls.get(i).complete(null);
        }

        assertThat(before).isDone();
        assertThat(asked).extracting(Set::size).containsExactly(1, 1_000, 1_000, 1_000);
        assertThat(others).allSatisfy(found -> assertThat(found.join()).isEmpty());
    }

    @Test
    void find_waitsForNoOtherTenant() {
        CompletableFuture<Set<String>> waiting = find(ACME, "up");

        CompletableFuture<Set<String>> other = find(new TenantId("other"), "up");
        calls.getLast().complete(null);

        assertThat(waiting).isNotDone();
        assertThat(other.join()).containsExactly("up");
    }

    @Test
    void find_fails_andTheNextOneIsMade_whenRedisFails() {
        CompletableFuture<Set<String>> failing = find(ACME, "up");
        CompletableFuture<Set<String>> next = find(ACME, "up");

        calls.getFirst().completeExceptionally(new IllegalStateException("gone"));
        calls.getLast().complete(null);

        assertThatThrownBy(failing::join)
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("gone");
        assertThat(next.join()).containsExactly("up");
    }
}
