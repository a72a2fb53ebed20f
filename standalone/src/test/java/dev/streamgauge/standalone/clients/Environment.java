package dev.streamgauge.standalone.clients;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A running environment of a function: a process with a client in it. */
final class Environment implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Lone surrogates must arrive. */
    private static final ObjectWriter ASCII = JSON.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);

    /** Far more than any push may take; only a client that hangs reaches it. */
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Process process;
    private final BufferedWriter in;
    private final BufferedReader out;
    private final Path log;

    /** What an invocation came to, and how long it took. */
    record Outcome(JsonNode json, Duration duration) {

        long dropped(String reason) {
            return json.path("dropped").path(reason).asLong();
        }

        long dropped() {
            long sum = 0;
            for (JsonNode count : json.path("dropped")) {
                sum += count.asLong();
            }
            return sum;
        }
    }

    Environment(Client client, List<String> wrapper, Map<String, String> variables) throws IOException {
        log = Files.createTempFile("client-", ".log");
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(client.command());
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("STREAMGAUGE_"));
        builder.environment().putAll(variables);
        process = builder.start();
        in = process.outputWriter();
        out = process.inputReader();
    }

    Outcome invoke(ObjectNode event) throws Exception {
        long start = System.nanoTime();
        in.write(ASCII.writeValueAsString(event));
        in.newLine();
        in.flush();
        String line = CompletableFuture.supplyAsync(
                        this::line, task -> Thread.ofVirtual().start(task))
                .get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        Duration duration = Duration.ofNanos(System.nanoTime() - start);
        if (line.isEmpty()) {
            throw new IllegalStateException("the environment has ended:\n" + log());
        }
        return new Outcome(JSON.readTree(line), duration);
    }

    /** Sends SIGSTOP or SIGCONT to all its processes, as Lambda freezes and thaws. */
    void signal(String name) throws Exception {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name, String.valueOf(process.pid())));
        process.descendants().forEach(each -> command.add(String.valueOf(each.pid())));
        new ProcessBuilder(command).start().waitFor();
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() throws IOException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        Files.deleteIfExists(log);
    }

    private String line() {
        try {
            String line = out.readLine();
            return line == null ? "" : line;
        } catch (IOException e) {
            return "";
        }
    }
}
