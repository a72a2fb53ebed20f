package dev.streamgauge.redis.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScriptTextTest {

    private final Map<String, String> files = new HashMap<>();

    private ScriptText read(String file) {
        return ScriptText.read(file, each -> Optional.ofNullable(files.get(each)));
    }

    private void expectFailure(String message) {
        assertThatThrownBy(() -> read("script.lua"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(message);
    }

    @Test
    void read_bringsInWhatFilesInclude_eachOnce() {
        files.put("script.lua", """
                #!lua
                -- @include lib/clock.lua
                -- @include lib/kinds/counter.lua
                return counter
                """);
        files.put("lib/clock.lua", "local now = 1\n");
        files.put("lib/kinds/counter.lua", """
                -- @include lib/sums.lua
                -- @include lib/clock.lua
                local counter = sum
                """);
        files.put("lib/sums.lua", "local sum = 2\n");

        String text = read("script.lua").text();

        assertThat(text).isEqualTo("""
                #!lua
                -- @include lib/clock.lua
                local now = 1
                -- @include lib/kinds/counter.lua
                -- @include lib/sums.lua
                local sum = 2
                -- @include lib/clock.lua
                local counter = sum
                return counter
                """);
    }

    @Test
    void read_changesNothing_whenNothingIsIncluded() {
        String text = """
                #!lua
                -- to include a file, write -- @include lib/clock.lua

                return '-- @include lib/clock.lua'
                """;
        files.put("script.lua", text);

        assertThat(read("script.lua").text()).isEqualTo(text);
    }

    @Test
    void read_fails_whenTheScriptDoesNotExist() {
        expectFailure("no script script.lua");
    }

    @Test
    void read_fails_whenAnIncludedFileDoesNotExist() {
        files.put("script.lua", "#!lua\n-- @include lib/clock.lua\n");
        files.put("lib/clock.lua", "\n\n-- @include lib/time.lua\n");

        expectFailure("no script lib/time.lua, which lib/clock.lua:3 includes");
    }

    @Test
    void read_fails_whenAFileIncludesItself() {
        files.put("script.lua", "-- @include lib/clock.lua\n");
        files.put("lib/clock.lua", "-- @include lib/clock.lua\n");

        expectFailure("lib/clock.lua:1: cyclic include: script.lua > lib/clock.lua > lib/clock.lua");
    }

    @Test
    void read_fails_whenFilesIncludeEachOther() {
        files.put("script.lua", "-- @include lib/clock.lua\n");
        files.put("lib/clock.lua", "-- @include lib/time.lua\n");
        files.put("lib/time.lua", "\n-- @include lib/clock.lua\n");

        expectFailure("lib/time.lua:2: cyclic include: script.lua > lib/clock.lua > lib/time.lua > lib/clock.lua");
    }

    @Test
    void read_fails_whenAnIncludeIsWrittenInAnotherWay() {
        for (String include : new String[] {
            "--@include lib/clock.lua",
            "--- @include lib/clock.lua",
            "-- @ include lib/clock.lua",
            "  -- @include lib/clock.lua",
            "-- @include lib/clock.lua ",
            "-- @include lib/clock",
            "-- @include 'lib/clock.lua'",
            "-- @include clock.lua",
            "-- @include lib/../script.lua",
            "-- @include"
        }) {
            files.put("script.lua", "#!lua\n" + include + "\n");

            expectFailure("script.lua:2: an include is a line '-- @include lib/name.lua'");
        }
    }

    @Test
    void locate_namesTheLineOfTheFile_forALineOfTheText() {
        files.put("script.lua", "#!lua\n-- @include lib/clock.lua\nreturn now\n");
        files.put("lib/clock.lua", "local time\nlocal now = time + 1\n");
        ScriptText script = read("script.lua");

        assertThat(script.locate("ERR user_script:4: attempt to perform arithmetic, on @user_script:5."))
                .isEqualTo("ERR lib/clock.lua:2: attempt to perform arithmetic, on @script.lua:3.");
        assertThat(script.locate("user_script:1")).isEqualTo("script.lua:1");
        assertThat(script.locate("user_script:2")).isEqualTo("script.lua:2");
    }

    @Test
    void locate_changesNothing_whenThereIsNoSuchLine() {
        files.put("script.lua", "#!lua\n");
        ScriptText script = read("script.lua");

        for (String message : new String[] {"WRONGTYPE", "user_script", "user_script:0", "user_script:2", "line 1"}) {
            assertThat(script.locate(message)).isEqualTo(message);
        }
    }
}
