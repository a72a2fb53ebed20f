package dev.streamgauge.ingest.contract;

import dev.streamgauge.testkit.ShortForms;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One case of a case file: what a tenant sends, request after request, what it is answered, and what is stored then.
 *
 * <pre>
 * === the title
 * &gt; Header: value
 * the body, over as many lines as it takes
 * --- 202 accepted 1 rejected 1
 * 1 value-invalid
 * +++                              another request of the same tenant
 * …
 * --- stored                       left out where nothing is
 * counter orders_total{} + 1.0
 * --- families                     compared where given
 * counter orders_total help 'Orders'
 * </pre>
 *
 * <p>Without a Content-Type header, {@code application/json} is sent; with an empty one, the header is left out.
 * {@link ShortForms} may stand anywhere.
 */
record ContractCase(String title, List<Exchange> exchanges, String stored, List<String> families) {

    /** One request and the outline of its answer. */
    record Exchange(List<String> headers, byte[] body, String outline) {}

    /** The cases of a file of the folder {@code contract}. */
    static List<ContractCase> load(String file) {
        try (InputStream in = Objects.requireNonNull(ContractCase.class.getResourceAsStream(file), "no such file")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Pattern.compile("^=== ", Pattern.MULTILINE)
                    .splitAsStream(text)
                    .skip(1) // what stands before the first title is a comment
                    .map(ContractCase::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ContractCase parse(String text) {
        String title = text.lines().findFirst().orElseThrow();
        List<Exchange> exchanges = new ArrayList<>();
        List<String> headers = new ArrayList<>();
        List<String> body = new ArrayList<>();
        StringBuilder outline = new StringBuilder();
        StringBuilder stored = new StringBuilder();
        List<String> families = new ArrayList<>();
        String section = "request";
        for (String line : text.lines().skip(1).toList()) {
            if (line.equals("+++")) {
                exchanges.add(new Exchange(List.copyOf(headers), bytes(body), outline.toString()));
                headers.clear();
                body.clear();
                outline.setLength(0);
                section = "request";
            } else if (line.equals("--- stored") || line.equals("--- families")) {
                section = line;
            } else if (line.startsWith("--- ")) {
                section = "answer";
                outline.append(line.substring(4)).append('\n');
            } else if (section.equals("request") && line.startsWith("> ")) {
                headers.add(line.substring(2));
            } else if (section.equals("request")) {
                body.add(line);
            } else if (!line.isEmpty()) {
                switch (section) {
                    case "answer" -> outline.append(line).append('\n');
                    case "--- stored" -> stored.append(line).append('\n');
                    default -> families.add(line);
                }
            }
        }
        exchanges.add(new Exchange(List.copyOf(headers), bytes(body), outline.toString()));
        return new ContractCase(
                title, exchanges, new String(ShortForms.expand(stored.toString()), StandardCharsets.UTF_8), families);
    }

    private static byte[] bytes(List<String> body) {
        return ShortForms.expand(String.join("\n", body));
    }

    @Override
    public String toString() {
        return title;
    }
}
