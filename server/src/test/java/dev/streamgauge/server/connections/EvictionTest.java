package dev.streamgauge.server.connections;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvictionTest {

    private static final long NOW = System.nanoTime();

    private record Quiet(String name, Object holder, long quietSinceNanos) implements Eviction.Candidate {

        private static Quiet of(String name, String holder, int forSeconds) {
            return new Quiet(name, holder, NOW - forSeconds * 1_000_000_000L);
        }
    }

    private static List<String> choose(int most, Quiet... quiet) {
        return Eviction.choose(List.of(quiet), most).stream().map(Quiet::name).toList();
    }

    @Test
    void choose_takesTheLongestQuiet_ofOneHolder() {
        assertThat(choose(2, Quiet.of("new", "a", 1), Quiet.of("oldest", "a", 90), Quiet.of("old", "a", 60)))
                .containsExactly("oldest", "old");
    }

    @Test
    void choose_takesThoseOfTheHolderWithTheMost_untilAnotherHasAsMany() {
        List<Quiet> quiet = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            quiet.add(Quiet.of("flood-" + i, "flood", 10 - i));
        }
        quiet.add(Quiet.of("lambda-0", "lambda", 3_600));
        quiet.add(Quiet.of("lambda-1", "lambda", 1_800));

        List<String> chosen = choose(4, quiet.toArray(Quiet[]::new));

        assertThat(chosen).containsExactly("flood-0", "flood-1", "lambda-0", "flood-2");
    }

    @Test
    void choose_takesAll_whenThereAreFewer() {
        assertThat(choose(5, Quiet.of("one", "a", 1))).containsExactly("one");
        assertThat(choose(5)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.2, false",
        "2001:db8:1:2:3::1, 2001:db8:1:2:4::1, true",
        "2001:db8:1:2:3::1, 2001:db8:1:3:3::1, false"
    })
    void holderOf_isAnAddress_orANetworkOfIpv6(String one, String other, boolean same) {
        Object first = Eviction.holderOf(new InetSocketAddress(InetAddress.ofLiteral(one), 1));
        Object second = Eviction.holderOf(new InetSocketAddress(InetAddress.ofLiteral(other), 2));

        assertThat(first.equals(second)).isEqualTo(same);
    }
}
