package dev.streamgauge.redis.script;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A token of a Lua 5.1 script, or a comment. White space and a first line that starts with {@code #!} are left out.
 *
 * @param line from 1
 */
record LuaToken(Kind kind, String text, int line) {

    private static final Pattern TOKEN = Pattern.compile("""
            (?<skipped>\\A\\#![^\\n]*|\\s+)
            |(?<comment>--\\[(?<level>=*)\\[[\\s\\S]*?\\]\\k<level>\\]|--[^\\n]*)
            |(?<string>'(?:[^'\\\\]|\\\\[\\s\\S])*'
              |"(?:[^"\\\\]|\\\\[\\s\\S])*"
              |\\[(?<depth>=*)\\[[\\s\\S]*?\\]\\k<depth>\\])
            |(?<name>[A-Za-z_]\\w*)
            |(?<number>\\.?\\d(?:[eE][+-]|[\\w.])*)
            |(?<symbol>\\.{2,3}|[=~<>]=|[\\s\\S])
            """, Pattern.COMMENTS);

    enum Kind {
        COMMENT,
        STRING,
        NAME,
        NUMBER,
        SYMBOL
    }

    static List<LuaToken> of(String script) {
        List<LuaToken> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(script);
        int line = 1;
        while (matcher.find()) {
            String text = matcher.group();
            if (matcher.group("skipped") == null) {
                tokens.add(new LuaToken(kind(matcher), text, line));
            }
            line += Math.toIntExact(text.chars().filter(each -> each == '\n').count());
        }
        return tokens;
    }

    private static Kind kind(Matcher matcher) {
        if (matcher.group("comment") != null) {
            return Kind.COMMENT;
        }
        if (matcher.group("string") != null) {
            return Kind.STRING;
        }
        if (matcher.group("name") != null) {
            return Kind.NAME;
        }
        return matcher.group("number") != null ? Kind.NUMBER : Kind.SYMBOL;
    }

    /** Whether it is that name or symbol; a string or a comment never is. */
    boolean is(String word) {
        return (kind == Kind.NAME || kind == Kind.SYMBOL) && text.equals(word);
    }
}
