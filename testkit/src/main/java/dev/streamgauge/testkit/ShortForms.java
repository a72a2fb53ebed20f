package dev.streamgauge.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Short forms for bytes that a case file cannot contain, and for long texts.
 *
 * <table>
 * <caption>The forms</caption>
 * <tr><td>{@code <0d>}</td><td>a byte</td></tr>
 * <tr><td>{@code <3*ab>}</td><td>{@code ababab}</td></tr>
 * <tr><td>{@code <seq 3>}</td><td>{@code 1, 2, 3}</td></tr>
 * <tr><td>{@code <seq 3.0>}</td><td>{@code 1.0, 2.0, 3.0}</td></tr>
 * <tr><td>{@code <labels 2>}</td><td>{@code "l001": "v", "l002": "v"}</td></tr>
 * <tr><td>{@code <canonical-labels 2>}</td><td>their canonical form</td></tr>
 * <tr><td>{@code <fields 2>}</td><td>{@code "f001": 1, "f002": 1}</td></tr>
 * <tr><td>{@code <colliding-fields 2>}</td><td>as many fields whose names share a {@link String#hashCode}</td></tr>
 * <tr><td>{@code <colliding-labels 2>}</td><td>the same with strings as values</td></tr>
 * </table>
 */
public final class ShortForms {

    private static final Pattern FORM = Pattern.compile("<(?:(?<byte>[0-9a-f]{2})|(?<times>\\d+)\\*(?<text>[^>]*)"
            + "|(?<list>seq|labels|canonical-labels|fields|colliding-fields|colliding-labels)"
            + " (?<count>\\d+)(?<point>\\.0)?)>");

    /** Enough letters for 2^20 names. */
    private static final int COLLIDING_PARTS = 20;

    private ShortForms() {}

    /** The bytes that a text stands for, in UTF-8. */
    public static byte[] expand(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Matcher form = FORM.matcher(text);
        int end = 0;
        while (form.find()) {
            bytes.writeBytes(utf8(text.substring(end, form.start())));
            if (form.group("byte") != null) {
                bytes.write(Integer.parseInt(form.group("byte"), 16));
            } else if (form.group("times") != null) {
                bytes.writeBytes(utf8(form.group("text").repeat(Integer.parseInt(form.group("times")))));
            } else {
                String point = form.group("point") == null ? "" : form.group("point");
                bytes.writeBytes(utf8(list(form.group("list"), Integer.parseInt(form.group("count")), point)));
            }
            end = form.end();
        }
        bytes.writeBytes(utf8(text.substring(end)));
        return bytes.toByteArray();
    }

    private static String list(String kind, int count, String point) {
        Stream<Integer> numbers = IntStream.rangeClosed(1, count).boxed();
        return switch (kind) {
            case "seq" -> numbers.map(number -> number + point).collect(Collectors.joining(", "));
            case "labels" -> numbers.map("\"l%03d\": \"v\""::formatted).collect(Collectors.joining(", "));
            case "canonical-labels" -> numbers.map("l%03d=\"v\""::formatted).collect(Collectors.joining(","));
            case "fields" -> numbers.map("\"f%03d\": 1"::formatted).collect(Collectors.joining(", "));
            case "colliding-fields" ->
                numbers.map(number -> "\"" + colliding(number) + "\": 1").collect(Collectors.joining(", "));
            case "colliding-labels" ->
                numbers.map(number -> "\"" + colliding(number) + "\": \"v\"").collect(Collectors.joining(", "));
            default -> throw new IllegalArgumentException("no such list: " + kind);
        };
    }

    /** The number in binary, with {@code Aa} for 0 and {@code BB} for 1: both have the same hash. */
    private static String colliding(int number) {
        return IntStream.range(0, COLLIDING_PARTS)
                .mapToObj(bit -> (number >> bit & 1) == 0 ? "Aa" : "BB")
                .collect(Collectors.joining());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
