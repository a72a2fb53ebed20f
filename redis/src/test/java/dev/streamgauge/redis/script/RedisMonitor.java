package dev.streamgauge.redis.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A connection on which Redis shows every command that it runs, those of scripts too. */
public final class RedisMonitor implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 10_000;

    /** An argument as MONITOR quotes it. */
    private static final Pattern ARGUMENT = Pattern.compile("\"((?:[^\"\\\\]++|\\\\.)*+)\"");

    private final Socket socket;
    private final BufferedReader reader;

    public RedisMonitor(String url) throws IOException {
        URI address = URI.create(url);
        socket = new Socket(address.getHost(), address.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        socket.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(reader.readLine()).isEqualTo("+OK");
    }

    /** The lines that have commands, up to the one that holds that text. */
    public List<String> linesUpTo(String text) throws IOException {
        List<String> lines = new ArrayList<>();
        String line = reader.readLine();
        while (line != null && !line.contains(text)) {
            lines.add(line);
            line = reader.readLine();
        }
        return lines;
    }

    public static boolean isOfAScript(String line) {
        return line.contains(" lua] ");
    }

    /** The command of a line and its arguments, with what is not printable still quoted. */
    public static List<String> words(String line) {
        return ARGUMENT.matcher(line)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
