package dev.streamgauge.redis.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.RealRedis;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every script of this module keeps {@link ScriptRules}. */
class ScriptFilesTest {

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    static List<String> scripts() {
        return ScriptFiles.scripts().stream()
                // This one calls nothing and has no keys: it asks what its user may call.
                .filter(script -> !script.equals("find_forbidden.lua"))
                .toList();
    }

    /** The rules that keep a fold exact; each was broken once, and counted wrongly. */
    @ParameterizedTest
    @MethodSource("scripts")
    void script_keepsTheRules(String script) {
        ScriptText text = ScriptFiles.text(script);

        List<String> violations = ScriptRules.violations(text.text(), RedisCommands.of(redis)).stream()
                .map(violation -> text.locate(violation.replaceFirst("^line ", "user_script:")))
                .toList();

        assertThat(text.text().lines()).startsWith(firstLineOf(script));
        assertThat(violations).isEmpty();
    }

    /** What adds from outside must not run when Redis is full, and all else must; no-writes implies that. */
    private static String firstLineOf(String script) {
        return switch (script) {
            case "admit_requests.lua", "count_rejections.lua" -> "#!lua";
            case "count_orphans.lua", "read_clock.lua", "read_pending.lua", "read_tenants.lua" -> ScriptRules.READ_ONLY;
            default -> "#!lua flags=allow-oom";
        };
    }
}
