package dev.streamgauge.standalone.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.upgrade.Releases.Pair;
import dev.streamgauge.standalone.upgrade.Version.Release;
import dev.streamgauge.standalone.upgrade.Version.ThisTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReleasesTest {

    private static final String FIRST = "1".repeat(40);
    private static final String SECOND = "2".repeat(40);
    private static final String THIRD = "3".repeat(40);

    @Test
    void parse_keepsTheOrder_andSkipsCommentsAndBlankLines() {
        String text = """
                # The commits that count as releases.
                %s the first

                # between
                %s\tthe second, with a note of more words
                """.formatted(SECOND, FIRST);

        Releases releases = Releases.parse(text);

        assertThat(releases.oldestFirst())
                .containsExactly(
                        new Release(SECOND, "the first"), new Release(FIRST, "the second, with a note of more words"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "27446fa an abbreviated hash",
                "27446fafb48227f7536e061b4d47f4510341728c",
                "27446FAFB48227F7536E061B4D47F4510341728C upper case",
                "27446fafb48227f7536e061b4d47f4510341728c0 one digit too many",
                "v1.0.0 a tag"
            })
    void parse_namesTheLine_whenItIsNoRelease(String line) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Releases.parse("# header\n" + line + "\n"))
                .withMessage("line 2: '" + line + "', must be a full commit hash and a note");
    }

    @Test
    void parse_fails_whenACommitIsNamedTwice() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Releases.parse(FIRST + " a\n" + SECOND + " b\n" + FIRST + " c\n"))
                .withMessage("line 3: the commit is named twice");
    }

    @Test
    void parse_fails_whenThereIsNoRelease() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Releases.parse("# none yet\n"))
                .withMessage("no release");
    }

    @Test
    void pairs_areNeighbors_andTheLastReleaseWithThisTree() {
        Releases releases = Releases.parse(FIRST + " a\n" + SECOND + " b\n" + THIRD + " c\n");

        assertThat(releases.pairs())
                .containsExactly(
                        new Pair(new Release(FIRST, "a"), new Release(SECOND, "b")),
                        new Pair(new Release(SECOND, "b"), new Release(THIRD, "c")),
                        new Pair(new Release(THIRD, "c"), new ThisTree()));
    }

    @Test
    void read_succeeds_onTheFileOfThisTree() throws Exception {
        Releases releases = Releases.read(Jars.ROOT);

        assertThat(releases.oldestFirst()).isNotEmpty();
    }
}
