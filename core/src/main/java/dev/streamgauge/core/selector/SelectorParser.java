package dev.streamgauge.core.selector;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Reads one selector in PromQL's syntax, from left to right. */
final class SelectorParser {

    static final int MAX_MATCHERS = 50;
    static final int MAX_REGEX_CHARACTERS = 1_000;

    /** Instructions of a compiled expression: each character of a value may be tried against each of them. */
    static final int MAX_REGEX_SIZE = 2_000;

    private static final Pattern IGNORES_CASE = Pattern.compile("\\(\\?[a-zA-Z-]*i");
    private static final Pattern OUTSIDE_OF_ASCII = Pattern.compile("[^\\x00-\\x7f]|\\\\[x0-9]");

    private final String text;
    private final List<LabelMatcher> onName = new ArrayList<>();
    private final List<LabelMatcher> onLabels = new ArrayList<>();
    private int position;

    SelectorParser(String text) {
        this.text = text;
    }

    SeriesSelector parse() throws MalformedSelectorException {
        skipSpace();
        boolean hasName = position < text.length() && isStartOfName(text.charAt(position));
        if (hasName) {
            onName.add(new LabelMatcher.Equal(SeriesSelector.NAME, take(SelectorParser::isPartOfName)));
            skipSpace();
        }
        if (isNext('{')) {
            matchers(hasName);
            skipSpace();
        }
        if (position < text.length()) {
            throw new MalformedSelectorException("not expected: " + shown(text.charAt(position)), position);
        }
        if (onName.stream().allMatch(each -> each.matches(""))
                && onLabels.stream().allMatch(each -> each.matches(""))) {
            throw new MalformedSelectorException(
                    "one matcher must not match the empty value, lest everything be selected by accident");
        }
        return new SeriesSelector(onName, onLabels);
    }

    private void matchers(boolean hasName) throws MalformedSelectorException {
        position++;
        skipSpace();
        while (!isNext('}')) {
            int start = position;
            LabelMatcher matcher = matcher();
            boolean isOnName = matcher.label().equals(SeriesSelector.NAME);
            if (isOnName && hasName) {
                throw new MalformedSelectorException("the name is given twice", start);
            }
            (isOnName ? onName : onLabels).add(matcher);
            if (onName.size() + onLabels.size() > MAX_MATCHERS) {
                throw new MalformedSelectorException("more than " + MAX_MATCHERS + " matchers");
            }
            skipSpace();
            if (!isNext('}')) {
                expect(',', "a comma or a brace");
                skipSpace();
            }
        }
        position++;
    }

    private LabelMatcher matcher() throws MalformedSelectorException {
        if (position == text.length() || !isStartOfLabel(text.charAt(position))) {
            throw new MalformedSelectorException("the name of a label expected", position);
        }
        String label = take(SelectorParser::isPartOfLabel);
        skipSpace();
        String operator = operator();
        skipSpace();
        int start = position;
        String value = string();
        return switch (operator) {
            case "=" -> new LabelMatcher.Equal(label, value);
            case "!=" -> new LabelMatcher.NotEqual(label, value);
            case "=~" -> new LabelMatcher.Regex(label, regex(value, start));
            default -> new LabelMatcher.NotRegex(label, regex(value, start));
        };
    }

    private String operator() throws MalformedSelectorException {
        for (String operator : List.of("=~", "!~", "!=", "=")) {
            if (text.startsWith(operator, position)) {
                position += operator.length();
                return operator;
            }
        }
        throw new MalformedSelectorException("one of = != =~ !~ expected", position);
    }

    private static Pattern regex(String regex, int start) throws MalformedSelectorException {
        if (regex.length() > MAX_REGEX_CHARACTERS) {
            throw new MalformedSelectorException(
                    "an expression of more than " + MAX_REGEX_CHARACTERS + " characters", start);
        }
        if (RegexSize.of(regex) > MAX_REGEX_SIZE * RegexSize.LEEWAY) {
            throw tooLarge(start);
        }
        if (ignoresCaseOutsideOfAscii(regex)) {
            throw new MalformedSelectorException(
                    "an expression that ignores case and has characters outside of ASCII, or numbers of characters",
                    start);
        }
        Pattern compiled;
        try {
            compiled = Pattern.compile(regex, Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw new MalformedSelectorException("no RE2 expression (" + e.getDescription() + ")", start);
        }
        if (compiled.programSize() > MAX_REGEX_SIZE) {
            throw tooLarge(start);
        }
        return compiled;
    }

    /**
     * Whether compiling may not end: for some characters re2j 1.8 searches forever for their other cases, on a JDK
     * whose Unicode is newer than its own tables. None of these characters is in ASCII, but a range may contain them.
     */
    static boolean ignoresCaseOutsideOfAscii(String regex) {
        return IGNORES_CASE.matcher(regex).find()
                && OUTSIDE_OF_ASCII.matcher(regex).find();
    }

    private static MalformedSelectorException tooLarge(int start) {
        return new MalformedSelectorException(
                "an expression of more than " + MAX_REGEX_SIZE + " instructions, repetitions written out, or "
                        + RegexSize.MAX_DEPTH + " groups in each other",
                start);
    }

    /** A string in quotes, with the escapes of PromQL, or in backticks, without. */
    private String string() throws MalformedSelectorException {
        int start = position;
        char quote = position < text.length() ? text.charAt(position++) : ' ';
        if (quote == '`') {
            int end = text.indexOf('`', position);
            if (end < 0) {
                throw notEnded(start);
            }
            String raw = text.substring(position, end);
            position = end + 1;
            return raw;
        }
        if (quote != '"' && quote != '\'') {
            throw new MalformedSelectorException("a value in quotes expected", start);
        }
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        while (!isNext(quote)) {
            if (position == text.length() || text.charAt(position) == '\n') {
                throw notEnded(start);
            }
            int character = text.codePointAt(position);
            position += Character.charCount(character);
            if (character == '\\') {
                escape(quote, value);
            } else {
                append(character, value);
            }
        }
        position++;
        return utf8(value.toByteArray(), start);
    }

    private void escape(char quote, ByteArrayOutputStream value) throws MalformedSelectorException {
        int start = position - 1;
        char kind = position < text.length() ? text.charAt(position++) : ' ';
        switch (kind) {
            case 'a' -> value.write(7);
            case 'b' -> value.write('\b');
            case 'f' -> value.write('\f');
            case 'n' -> value.write('\n');
            case 'r' -> value.write('\r');
            case 't' -> value.write('\t');
            case 'v' -> value.write(11);
            case '\\' -> value.write('\\');
            case 'x' -> value.write(number(2, 16, 0xff, start)); // a byte, not a character
            case 'u' -> append(number(4, 16, Character.MAX_CODE_POINT, start), value);
            case 'U' -> append(number(8, 16, Character.MAX_CODE_POINT, start), value);
            default -> {
                if (kind == quote) {
                    value.write(quote);
                } else if (kind >= '0' && kind <= '7') {
                    position--;
                    value.write(number(3, 8, 0xff, start));
                } else {
                    throw badEscape(start);
                }
            }
        }
    }

    private int number(int digits, int radix, int most, int start) throws MalformedSelectorException {
        long number = 0;
        for (int i = 0; i < digits; i++) {
            char character = position < text.length() ? text.charAt(position++) : ' ';
            int digit = Character.digit(character, radix);
            if (digit < 0 || character > 0x7f) {
                throw badEscape(start);
            }
            number = number * radix + digit;
        }
        boolean isSurrogate = number >= Character.MIN_SURROGATE && number <= Character.MAX_SURROGATE;
        if (number > most || isSurrogate) {
            throw badEscape(start);
        }
        return (int) number;
    }

    private static void append(int character, ByteArrayOutputStream value) {
        value.writeBytes(Character.toString(character).getBytes(StandardCharsets.UTF_8));
    }

    private static String utf8(byte[] bytes, int start) throws MalformedSelectorException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedSelectorException("a value that is no UTF-8", start);
        }
    }

    private static MalformedSelectorException notEnded(int start) {
        return new MalformedSelectorException("a value that does not end", start);
    }

    private static MalformedSelectorException badEscape(int start) {
        return new MalformedSelectorException("an unknown escape", start);
    }

    private String take(IntPredicate part) {
        int start = position;
        while (position < text.length() && part.test(text.charAt(position))) {
            position++;
        }
        return text.substring(start, position);
    }

    private boolean isNext(char character) {
        return position < text.length() && text.charAt(position) == character;
    }

    private void expect(char character, String expected) throws MalformedSelectorException {
        if (!isNext(character)) {
            throw new MalformedSelectorException(expected + " expected", position);
        }
        position++;
    }

    private void skipSpace() {
        take(character -> character == ' ' || character == '\t' || character == '\n' || character == '\r');
    }

    private static boolean isStartOfName(int character) {
        return isStartOfLabel(character) || character == ':';
    }

    private static boolean isPartOfName(int character) {
        return isPartOfLabel(character) || character == ':';
    }

    private static boolean isStartOfLabel(int character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_';
    }

    private static boolean isPartOfLabel(int character) {
        return isStartOfLabel(character) || (character >= '0' && character <= '9');
    }

    /** A character as it may stand in an answer. */
    private static String shown(char character) {
        return character > ' ' && character < 0x7f ? String.valueOf(character) : "a character outside of ASCII";
    }
}
