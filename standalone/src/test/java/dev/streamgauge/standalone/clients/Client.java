package dev.streamgauge.standalone.clients;

import dev.streamgauge.standalone.e2e.Peers;
import dev.streamgauge.standalone.system.Jars;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A client with the runtime that drives it.
 *
 * @param command starts the runtime: it reads an invocation a line, and writes its outcome on a line
 * @param skills what the client can do that not all can
 */
record Client(String name, List<String> command, Set<Skill> skills) {

    enum Skill {
        /** Its process goes on after a push, so that it can keep a connection and what was not settled. */
        LIVES_ON,
        /** It adds samples up before it pushes them. */
        COLLECTS,
        /** It takes the time that is left of the invocation into account. */
        LAMBDA,
        /** Its runtime can copy its memory. */
        FORKS
    }

    /** Selects clients for a developer, by a part of their names. */
    private static final String ONLY = System.getProperty("dev.streamgauge.clients.client", "");

    private static final Path FOLDER = Jars.ROOT.resolve("clients");

    /** Those whose runtimes every developer has; with {@code PEERS=newest}, all. */
    static List<Client> all() throws IOException, InterruptedException {
        Set<Skill> livesOn = Set.of(Skill.LIVES_ON, Skill.COLLECTS, Skill.LAMBDA);
        List<Client> clients = new ArrayList<>(List.of(
                new Client(
                        "python",
                        List.of("python3", file("python/test/runtime.py")),
                        Set.of(Skill.LIVES_ON, Skill.COLLECTS, Skill.LAMBDA, Skill.FORKS)),
                new Client("nodejs", List.of("node", file("nodejs/test/runtime.mjs")), livesOn),
                new Client("sh", List.of("python3", file("shell/test/runtime.py"), "sh"), Set.of())));
        if (Peers.isNewest()) {
            clients.add(new Client("bash", List.of("python3", file("shell/test/runtime.py"), "bash"), Set.of()));
            clients.add(new Client("php", List.of("php", file("php/test/runtime.php")), Set.of(Skill.COLLECTS)));
            clients.add(new Client("go", List.of(builtGoRuntime()), livesOn));
        }
        return clients.stream().filter(client -> client.name().contains(ONLY)).toList();
    }

    boolean can(Skill skill) {
        return skills.contains(skill);
    }

    /** Builds outside the tree; Go's own cache makes that quick the next time. */
    private static String builtGoRuntime() throws IOException, InterruptedException {
        Path built = Peers.cache().resolve("go-runtime");
        run(FOLDER.resolve("go"), List.of("go", "build", "-o", built.toString(), "./test/runtime"));
        return built.toString();
    }

    private static void run(Path folder, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .inheritIO()
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command + " failed");
        }
    }

    private static String file(String path) {
        Path file = FOLDER.resolve(path);
        if (!Files.exists(file)) {
            throw new IllegalStateException(file + " not found");
        }
        return file.toString();
    }
}
