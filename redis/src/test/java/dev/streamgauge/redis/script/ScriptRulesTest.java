package dev.streamgauge.redis.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.redis.RealRedis;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every rule finds the script that breaks it. */
class ScriptRulesTest {

    /** Keeps all rules. */
    private static final String GOOD = """
            #!lua
            --[[
            Sets a field that exists.

            KEYS[1] the hash
            ARGV[1] the field
            ARGV[2…] values

            Returns {'SET'}, or {'BROKEN', message}.

            Atomic, because it would be a poor example otherwise.
            ]]
            local hash = KEYS[1]
            local field = ARGV[1]

            local function failed(reply) -- redis.call('DEL', hash)
              return type(reply) == 'table' and reply.err
            end

            local found = redis.pcall('HGET', hash, field)
            if failed(found) then
              return {'BROKEN', found.err}
            end

            -- Write: nothing below can fail.
            redis.call('HSET', hash, field, "it's 'set' -- not '-- Write: nothing below can fail.'")
            return {'SET'}
            """;

    private static final int LINE_OF_MARK = 25;
    private static final int LINE_ABOVE = LINE_OF_MARK - 1;
    private static final int LINE_BELOW = LINE_OF_MARK + 1;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private RedisCommands commands;

    @BeforeEach
    void askForCommands() {
        commands = RedisCommands.of(redis);
    }

    private static String withAbove(String code) {
        return GOOD.replace("\n" + ScriptRules.MARK, code + "\n" + ScriptRules.MARK);
    }

    private static String withBelow(String code) {
        return GOOD.replace("\nredis.call('HSET'", "\n" + code + "\nredis.call('HSET'");
    }

    private static String reader(String code) {
        return GOOD.replace("#!lua\n", ScriptRules.READ_ONLY + "\n")
                .lines()
                .filter(line -> !line.equals(ScriptRules.MARK))
                .map(line -> line.startsWith("redis.call('HSET'") ? code : line)
                .reduce("", (text, line) -> text + line + "\n");
    }

    @Test
    void violations_areNone_whenAScriptKeepsTheRules() {
        assertThat(ScriptRules.violations(GOOD, commands)).isEmpty();
        assertThat(ScriptRules.violations(reader("redis.call('HLEN', hash)"), commands))
                .isEmpty();
    }

    @Test
    void violations_areFound_whateverCommandWritesAboveTheMark() {
        assertThat(commands.writing()).hasSizeGreaterThan(90).allSatisfy(command -> {
            String words = "'" + command.toUpperCase(Locale.ROOT).replace("|", "', '") + "'";

            assertThat(ScriptRules.violations(withAbove("redis.call(" + words + ", hash)"), commands))
                    .contains("line " + LINE_ABOVE + ": " + command + " writes above the mark");
            assertThat(ScriptRules.violations(reader("redis.pcall(" + words + ", hash)"), commands))
                    .contains("line " + LINE_OF_MARK + ": " + command + " in a script without writes");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis.call(command, hash)",
                "redis.call(commands[1], hash)",
                "redis.call(('HDEL'), hash, field)",
                "redis.call('H' .. 'DEL', hash, field)",
                "redis.call('\\72DEL', hash, field)",
                "redis.call('hdel', hash, field)",
                "redis.call(\"HDEL\", hash, field)",
                "redis.call([[HDEL]], hash, field)",
                "redis.call(unpack({'HDEL', hash, field}))",
                "redis.call(ARGV[i], hash)",
                "redis.call('XGROUP', subcommand, hash, 'g')",
                "redis.call('XGROUP', 'DEST' .. 'ROY', hash, 'g')",
                "redis.call'SAVE'",
                "redis['call']('HDEL', hash, field)",
                "local call = redis.call",
                "local api = redis",
                "for name, value in pairs(redis) do value(name) end",
                "redis.setresp(3)"
            })
    void violations_areFound_whenACallDoesNotShowItsCommand(String code) {
        assertThat(ScriptRules.violations(withAbove(code), commands))
                .singleElement()
                .asString()
                .startsWith("line " + LINE_ABOVE + ": not of the form redis.call('COMMAND', ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_G.redis = nil",
                "getfenv()['red' .. 'is'].call('DEL', hash)",
                "setfenv(1, {})",
                "loadstring('return redis')().call('DEL', hash)",
                "load(function() return text end)()",
                "server.call('DEL', hash)",
                "local value = cjson.decode(found)"
            })
    void violations_areFound_whenAScriptReachesRoundTheRules(String code) {
        assertThat(ScriptRules.violations(withAbove(code), commands))
                .anyMatch(
                        violation -> violation.startsWith("line " + LINE_ABOVE) && violation.endsWith(" is forbidden"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', textBlock = """
            redis.call('INCRBY', hash, 1)               ; incrby is not known as one that cannot fail
            redis.call('HINCRBY', hash, field, 1)       ; hincrby is not known as one that cannot fail
            redis.call('ZADD', hash, 'INCR', 1, field)  ; 'INCR' can overflow
            redis.call('XGROUP', 'SETID', hash, 'g', 0) ; xgroup|setid is not known as one that cannot fail
            redis.call('NONE', hash)                    ; none is no command
            redis.call('HLEN', hash)                    ; hlen reads below the mark
            redis.pcall('HDEL', hash, field)            ; pcall below the mark
            pcall(print, field)                         ; pcall below the mark
            assert(found)                               ; assert below the mark
            error('no')                                 ; error below the mark
            if found.err then return end                ; err below the mark
            if failed(found) then return end            ; failed below the mark
            field = tonumber(field)                     ; tonumber below the mark
            field = struct.pack('>d', field)            ; struct below the mark
            if not found then return {'BROKEN'} end     ; returns an error below the mark
            """)
    void violations_areFound_whenWhatStandsBelowTheMarkCanFail(String code, String violation) {
        assertThat(ScriptRules.violations(withBelow(code), commands)).contains("line " + LINE_BELOW + ": " + violation);
    }

    @Test
    void violations_areFound_whenAFunctionThatCanFailIsUsedBelowTheMark() {
        String functions = """

                local function length()
                  if hash then return redis.call('HLEN', hash) end
                end
                local function is_empty() return length() == 0 end
                local function whole(number) return string.format('%.0f', number) end
                """;
        String script = withBelow("if is_empty() and whole(1) then return {'SET'} end")
                .replace("\nlocal found", functions + "\nlocal found");

        assertThat(ScriptRules.violations(script, commands)).containsExactly("line 32: is_empty below the mark");
    }

    static Stream<Arguments> scriptsWithoutTheirMark() {
        String mark = ScriptRules.MARK;
        return Stream.of(
                arguments(GOOD.replace(mark, ""), "line 1: marks: 0"),
                arguments(GOOD.replace(mark, "-- Write."), "line 1: marks: 0"),
                arguments(GOOD.replace(mark, "  " + mark), "line 1: marks: 0"),
                arguments(GOOD.replace(mark, "local mark = [[\n" + mark + "\n]]"), "line 1: marks: 0"),
                arguments(GOOD.replace(mark, "--[[\n" + mark + "\n]]"), "line 1: marks: 0"),
                arguments(withAbove("\n" + mark), "line 1: marks: 2"),
                arguments(GOOD + mark + "\n", "line 1: marks: 2"),
                arguments(
                        GOOD.replace("redis.call('HSET'", "print('HSET'"),
                        "line 25: nothing is written below the mark"),
                arguments(
                        GOOD.replace("#!lua\n", ScriptRules.READ_ONLY + "\n"),
                        "line 25: mark in a script without writes"));
    }

    @ParameterizedTest
    @MethodSource("scriptsWithoutTheirMark")
    void violations_areFound_whenTheMarkIsNotThereOnce(String script, String violation) {
        assertThat(ScriptRules.violations(script, commands)).contains(violation);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            local field = ARGV[1] | local field = ARGV[3]         | line 2: ARGV[1] gets no name
            local field = ARGV[1] | local field = ARGV[3]         | line 2: ARGV[3] is not in the header
            local hash = KEYS[1]  | local hash = field            | line 2: KEYS[1] gets no name
            local field = ARGV[1] | local f, g = ARGV[1], ARGV[1] | line 14: ARGV[1] is used without its name
            hash, field)          | KEYS[1], field)               | line 20: KEYS[1] is used without its name
            Returns               | Gives                         | line 2: the header lacks Returns
            """)
    void violations_areFound_whenAnArgumentHasNoNameOrNoDescription(String from, String to, String violation) {
        List<String> violations = ScriptRules.violations(GOOD.replace(from, to), commands);

        assertThat(violations).contains(violation);
    }
}
