package dev.streamgauge.redis.script;

import dev.streamgauge.redis.script.LuaToken.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The rules for scripts that can be checked by reading a script: check, compute, write. Lua has no rollback, so
 * everything that can fail stands above {@link #MARK}, and every write below it.
 *
 * <p>A call can be checked only if its command is a literal, so every other use of {@code redis} breaks a rule. Redis
 * tells which commands write. {@code UnexpectedDataTest} runs the scripts on unexpected data.
 */
final class ScriptRules {

    static final String MARK = "-- Write: nothing below can fail.";
    static final String READ_ONLY = "#!lua flags=no-writes";

    /**
     * The writing commands that scripts may use. After a check of the key's type, no stored value makes them fail.
     * Before you add one, make sure that this holds for it.
     */
    private static final Set<String> CANNOT_FAIL = Set.of(
            "hdel",
            "hset",
            "hsetnx",
            "persist",
            "pexpire",
            "set",
            "unlink",
            "xack",
            "xadd", // unless the stream's last id is the greatest possible one
            "xclaim", // after a check that the group exists
            "xdel",
            "xgroup|create", // after a check that the group does not exist
            "xgroup|delconsumer", // after a check that the group exists
            "zadd", // without INCR
            "zpopmin",
            "zrem");

    /** Names by which a script could call Redis unseen; and {@code cjson}, which loses digits. */
    private static final Set<String> FORBIDDEN =
            Set.of("_G", "getfenv", "setfenv", "load", "loadstring", "server", "cjson");

    /** Names of functions that can fail, or that handle a failure; {@code err} is the field of an error. */
    private static final Set<String> CAN_FAIL =
            Set.of("pcall", "xpcall", "assert", "error", "err", "tonumber", "struct");

    private static final Pattern COMMAND = Pattern.compile("'[A-Z_-]+'");
    private static final Pattern DOCUMENTED = Pattern.compile("^(KEYS|ARGV)\\[(\\d+)] ", Pattern.MULTILINE);
    private static final Set<String> BLOCK_STARTS = Set.of("function", "if", "do", "repeat");
    private static final Set<String> BLOCK_ENDS = Set.of("end", "until");

    private final String script;
    private final RedisCommands commands;
    private final List<LuaToken> comments = new ArrayList<>();
    private final List<LuaToken> tokens = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();

    private ScriptRules(String script, RedisCommands commands) {
        this.script = script;
        this.commands = commands;
        for (LuaToken token : LuaToken.of(script)) {
            (token.kind() == Kind.COMMENT ? comments : tokens).add(token);
        }
        findCalls();
    }

    /** What is wrong with a script, and on which line; empty if it keeps all rules. */
    static List<String> violations(String script, RedisCommands commands) {
        ScriptRules rules = new ScriptRules(script, commands);
        rules.checkHeader();
        rules.checkArguments();
        rules.checkWords();
        if (script.startsWith(READ_ONLY + "\n")) {
            rules.checkReader();
        } else {
            rules.checkWriter();
        }
        return rules.violations;
    }

    /** The writing commands that a script calls, such as {@code hset} and {@code xgroup|create}. */
    static Set<String> writesOf(String script, RedisCommands commands) {
        return new ScriptRules(script, commands)
                .calls.stream()
                        .map(Call::command)
                        .filter(commands.writing()::contains)
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    private void violation(int line, String message) {
        violations.add("line " + line + ": " + message);
    }

    private LuaToken token(int index) {
        return index < tokens.size() ? tokens.get(index) : new LuaToken(Kind.SYMBOL, "", 0);
    }

    private void findCalls() {
        for (int i = 0; i < tokens.size(); i++) {
            if (!token(i).is("redis")) {
                continue;
            }
            boolean isCall = token(i + 1).is(".")
                    && (token(i + 2).is("call") || token(i + 2).is("pcall"))
                    && token(i + 3).is("(");
            if (!isCall || !isWord(i + 4)) {
                violation(token(i).line(), "not of the form redis.call('COMMAND', …)");
                continue;
            }
            String command = word(i + 4);
            if (commands.hasSubcommands(command)) {
                if (!isWord(i + 6)) {
                    violation(token(i).line(), "not of the form redis.call('COMMAND', 'SUBCOMMAND', …)");
                    continue;
                }
                command += "|" + word(i + 6);
            }
            if (!commands.all().contains(command)) {
                violation(token(i).line(), command + " is no command");
            }
            calls.add(new Call(token(i).line(), command));
        }
    }

    /** Whether that token is a whole argument, and a literal that is written as commands are. */
    private boolean isWord(int index) {
        return token(index).kind() == Kind.STRING
                && COMMAND.matcher(token(index).text()).matches()
                && (token(index + 1).is(",") || token(index + 1).is(")"));
    }

    private String word(int index) {
        String text = token(index).text();
        return text.substring(1, text.length() - 1).toLowerCase(Locale.ROOT);
    }

    private void checkHeader() {
        String header = comments.isEmpty() ? "" : comments.getFirst().text();
        for (String part : List.of("KEYS[1]", "ARGV", "Returns", "tomic")) {
            if (!header.contains(part)) {
                violation(2, "the header lacks " + part);
            }
        }
    }

    /** Every KEYS[i] and ARGV[i] has a name, given in the first paragraph, and is documented under its number. */
    private void checkArguments() {
        int paragraphEnd = token(0).line();
        List<String> lines = script.lines().toList();
        while (paragraphEnd <= lines.size() && !lines.get(paragraphEnd - 1).isBlank()) {
            paragraphEnd++;
        }
        Set<String> bound = new TreeSet<>();
        for (int i = 0; i < tokens.size(); i++) {
            boolean isArgument = token(i).is("KEYS") || token(i).is("ARGV");
            if (isArgument && token(i + 1).is("[") && token(i + 2).kind() == Kind.NUMBER) {
                String argument = token(i).text() + "[" + token(i + 2).text() + "]";
                if (token(i).line() >= paragraphEnd || !bound.add(argument)) {
                    violation(token(i).line(), argument + " is used without its name");
                }
            }
        }
        Set<String> documented = DOCUMENTED
                .matcher(comments.isEmpty() ? "" : comments.getFirst().text())
                .results()
                .map(match -> match.group().strip())
                .collect(Collectors.toCollection(TreeSet::new));
        documented.stream()
                .filter(argument -> !bound.contains(argument))
                .forEach(argument -> violation(2, argument + " gets no name"));
        bound.stream()
                .filter(argument -> !documented.contains(argument))
                .forEach(argument -> violation(2, argument + " is not in the header"));
    }

    private void checkWords() {
        for (LuaToken token : tokens) {
            if (FORBIDDEN.contains(token.text())) {
                violation(token.line(), token.text() + " is forbidden");
            }
            if (token.kind() == Kind.STRING && token.text().contains("INCR")) {
                violation(token.line(), token.text() + " can overflow");
            }
        }
    }

    private void checkReader() {
        calls.stream()
                .filter(call -> commands.writing().contains(call.command))
                .forEach(call -> violation(call.line, call.command + " in a script without writes"));
        if (!markLines().isEmpty()) {
            violation(markLines().getFirst(), "mark in a script without writes");
        }
    }

    private void checkWriter() {
        if (markLines().size() != 1) {
            violation(1, "marks: " + markLines().size());
            return;
        }
        int mark = markLines().getFirst();
        boolean writes = false;
        for (Call call : calls) {
            boolean isWrite = commands.writing().contains(call.command);
            if (isWrite && !CANNOT_FAIL.contains(call.command)) {
                violation(call.line, call.command + " is not known as one that cannot fail");
            }
            if (isWrite && call.line < mark) {
                violation(call.line, call.command + " writes above the mark");
            }
            if (!isWrite && call.line > mark) {
                violation(call.line, call.command + " reads below the mark");
            }
            writes |= isWrite && call.line > mark;
        }
        if (!writes) {
            violation(mark, "nothing is written below the mark");
        }
        checkBelow(mark);
    }

    /** Lines that consist of the mark alone. The same text within a string or a long comment is no mark. */
    private List<Integer> markLines() {
        List<String> lines = script.lines().toList();
        return comments.stream()
                .filter(comment -> comment.text().equals(MARK))
                .map(LuaToken::line)
                .filter(line -> lines.get(line - 1).equals(MARK))
                .toList();
    }

    /** Nothing below the mark decides whether the script fails, nor calls a function that does. */
    private void checkBelow(int mark) {
        Set<String> canFail = functionsThatCanFail(mark);
        for (LuaToken token : tokens) {
            if (token.line() < mark) {
                continue;
            }
            if (token.kind() == Kind.NAME && canFail.contains(token.text())) {
                violation(token.line(), token.text() + " below the mark");
            }
            if (token.kind() == Kind.STRING && token.text().equals("'BROKEN'")) {
                violation(token.line(), "returns an error below the mark");
            }
        }
    }

    /** {@link #CAN_FAIL}, and the functions above the mark that use one of these or call Redis. */
    private Set<String> functionsThatCanFail(int mark) {
        Set<String> canFail = new HashSet<>(CAN_FAIL);
        for (int i = 0; i < tokens.size() && token(i).line() < mark; i++) {
            if (token(i).is("function") && token(i + 1).kind() == Kind.NAME) {
                boolean fails = IntStream.range(i + 2, endOfBlock(i))
                        .mapToObj(each -> token(each).text())
                        .anyMatch(text -> text.equals("redis") || canFail.contains(text));
                if (fails) {
                    canFail.add(token(i + 1).text());
                }
            }
        }
        return canFail;
    }

    private int endOfBlock(int start) {
        int depth = 0;
        for (int i = start; i < tokens.size(); i++) {
            if (token(i).kind() == Kind.NAME) {
                depth += BLOCK_STARTS.contains(token(i).text()) ? 1 : 0;
                depth -= BLOCK_ENDS.contains(token(i).text()) ? 1 : 0;
            }
            if (depth == 0) {
                return i;
            }
        }
        return tokens.size();
    }

    /** A call of Redis. */
    private record Call(int line, String command) {}
}
