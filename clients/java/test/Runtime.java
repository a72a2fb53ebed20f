import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A runtime like AWS Lambda's: an event on each line of standard input, an outcome on each of standard output. */
public final class Runtime {

    private static final long TIMEOUT_SECONDS =
            Long.parseLong(System.getenv().getOrDefault("AWS_LAMBDA_FUNCTION_TIMEOUT", "10"));

    private Runtime() {}

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(Json.text(invoke(new Json(line).object())));
        }
    }

    private static Map<String, Object> invoke(Map<String, Object> event) throws Exception {
        long end = System.currentTimeMillis() + TIMEOUT_SECONDS * 1000;
        Map<String, Object> outcome = new HashMap<>();
        try {
            outcome.put("result", Function.handle(event, () -> end - System.currentTimeMillis()));
        } catch (IllegalStateException e) {
            outcome.put("error", e.getMessage());
        }
        if (System.currentTimeMillis() > end) {
            outcome = new HashMap<>(Map.of("error", "timed out"));
        }
        outcome.put("dropped", Function.handle(Map.of("report", true), () -> 0));
        return outcome;
    }

    /** As much of JSON as an event has. */
    private static final class Json {

        private final String text;
        private int at;

        Json(String text) {
            this.text = text;
        }

        static String text(Object value) {
            if (value instanceof Map<?, ?> members) {
                return members.entrySet().stream()
                        .map(member -> text(member.getKey()) + ":" + text(member.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            }
            return value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
        }

        Map<String, Object> object() {
            Map<String, Object> members = new HashMap<>();
            at++;
            while (text.charAt(at) != '}') {
                String name = string();
                at++;
                members.put(name, value());
                at += text.charAt(at) == ',' ? 1 : 0;
            }
            at++;
            return members;
        }

        private Object value() {
            switch (text.charAt(at)) {
                case '{':
                    return object();
                case '[':
                    return list();
                case '"':
                    return string();
                default:
                    int start = at;
                    while (",]}".indexOf(text.charAt(at)) < 0) {
                        at++;
                    }
                    String literal = text.substring(start, at);
                    return literal.equals("true") ? (Object) true : (Object) Double.valueOf(literal);
            }
        }

        private List<Object> list() {
            List<Object> values = new ArrayList<>();
            at++;
            while (text.charAt(at) != ']') {
                values.add(value());
                at += text.charAt(at) == ',' ? 1 : 0;
            }
            at++;
            return values;
        }

        private String string() {
            StringBuilder string = new StringBuilder();
            for (at++; text.charAt(at) != '"'; at++) {
                if (text.charAt(at) != '\\') {
                    string.append(text.charAt(at));
                } else if (text.charAt(++at) == 'u') {
                    string.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                } else {
                    string.append(text.charAt(at));
                }
            }
            at++;
            return string.toString();
        }
    }
}
