package dev.streamgauge.standalone.hostile;

import dev.streamgauge.testkit.ShortForms;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * One bad input, read from a file:
 *
 * <pre>
 * # what it is, and the danger
 * expect 400 invalid-json            the status, or "closed" for no answer; and the reason of the problem, or -
 * body gzip                          what is done to the body, in order; left out for nothing
 *
 * POST /api/v1/metrics HTTP/1.1
 * Content-Type: application/json
 *
 * {
 * </pre>
 *
 * <p>{@link ShortForms} may stand anywhere. The body is {@code gzip}ped, {@code repeat}ed, {@code cut} by some bytes at
 * its end, has a bit of a byte {@code flip}ped (from the end if negative), or something {@code append}ed. {@code Host},
 * {@code X-Scope-OrgID} and {@code Content-Length} are added where they are missing, but not after {@code as-is}.
 *
 * @param name folder and file
 * @param status of the answer that must come, or 0 if the connection is to be closed without one
 * @param reason of its problem, or {@code -} where HTTP itself is broken, and there is none
 * @param request every byte of it
 */
record HostileCase(String name, int status, String reason, byte[] request) {

    private static final String SUFFIX = ".case";

    /** All cases, by name. */
    static List<HostileCase> loadAll() {
        try {
            Path folder = Path.of(Objects.requireNonNull(HostileCase.class.getResource(""), "no corpus")
                    .toURI());
            try (Stream<Path> files = Files.walk(folder)) {
                return files.filter(file -> file.toString().endsWith(SUFFIX))
                        .sorted()
                        .map(file -> parse(folder, file))
                        .toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static HostileCase parse(Path folder, Path file) {
        String text = read(file);
        int blank = text.indexOf("\n\n");
        String name = folder.relativize(file).toString().replace(SUFFIX, "");
        int status = 0;
        String reason = "";
        boolean asIs = false;
        List<String> changes = new ArrayList<>();
        for (String line : text.substring(0, blank).lines().toList()) {
            String[] words = line.split(" ", 3);
            switch (words[0]) {
                case "#" -> {}
                case "expect" -> {
                    status = words[1].equals("closed") ? 0 : Integer.parseInt(words[1]);
                    reason = words[2];
                }
                case "as-is" -> asIs = true;
                case "body" -> changes.add(line.substring("body ".length()));
                default -> throw new IllegalArgumentException(name + ": not understood: " + line);
            }
        }
        return new HostileCase(name, status, reason, request(text.substring(blank + 2), changes, asIs));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] request(String text, List<String> changes, boolean asIs) {
        int blank = text.indexOf("\n\n");
        String head = text.substring(0, blank);
        byte[] body = ShortForms.expand(text.substring(blank + 2));
        for (String change : changes) {
            body = changed(body, change);
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(lines(head));
        if (!asIs) {
            addMissing(request, head, "Host", "localhost");
            addMissing(request, head, "X-Scope-OrgID", HostileInputIT.ATTACKER);
            addMissing(request, head, "Content-Length", Integer.toString(body.length));
        }
        request.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(asIs ? lines(text.substring(blank + 2)) : body);
        return request.toByteArray();
    }

    /** The lines with the line ends of HTTP; a text that does not end one gets none. */
    private static byte[] lines(String text) {
        String ended = text.endsWith("\n") || text.contains("HTTP/") ? text.stripTrailing() + "\n" : text;
        return ShortForms.expand(ended.replace("\n", "\r\n"));
    }

    private static void addMissing(ByteArrayOutputStream request, String head, String header, String value) {
        if (head.lines().noneMatch(line -> line.startsWith(header + ":"))) {
            request.writeBytes((header + ": " + value + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static byte[] changed(byte[] body, String change) {
        String[] words = change.split(" ", 2);
        return switch (words[0]) {
            case "gzip" -> gzip(body);
            case "repeat" -> repeated(body, Integer.parseInt(words[1]));
            case "cut" -> Arrays.copyOf(body, body.length - Integer.parseInt(words[1]));
            case "flip" -> flipped(body, Integer.parseInt(words[1]));
            case "append" -> joined(body, ShortForms.expand(words[1]));
            default -> throw new IllegalArgumentException("no such change: " + change);
        };
    }

    private static byte[] gzip(byte[] body) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }

    private static byte[] repeated(byte[] body, int times) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(body.length * times);
        for (int i = 0; i < times; i++) {
            all.writeBytes(body);
        }
        return all.toByteArray();
    }

    private static byte[] flipped(byte[] body, int place) {
        byte[] changed = body.clone();
        changed[place < 0 ? body.length + place : place] ^= 1;
        return changed;
    }

    private static byte[] joined(byte[] body, byte[] more) {
        byte[] all = Arrays.copyOf(body, body.length + more.length);
        System.arraycopy(more, 0, all, body.length, more.length);
        return all;
    }

    @Override
    public String toString() {
        return name;
    }
}
