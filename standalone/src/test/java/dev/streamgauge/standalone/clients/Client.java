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
        FORKS,
        /** Its runtime passes text on that is not Unicode. */
        ANY_TEXT,
        /** Its caller has the answer before the push. */
        ANSWERS_FIRST,
        /** Its processes keep what they know of the server in a file. */
        SHARES_A_FILE
    }

    /** Selects clients for a developer, by a part of their names. */
    private static final String ONLY = System.getProperty("dev.streamgauge.clients.client", "");

    /** Those whose runtimes every developer has; with {@code PEERS=newest}, all. */
    static List<Client> all() throws IOException, InterruptedException {
        List<Client> clients = new ArrayList<>(inLoops());
        clients.add(shell("sh"));
        if (Peers.isNewest()) {
            clients.addAll(Runtimes.ofLambda());
            clients.add(new Client(
                    "php",
                    List.of("python3", file("php/test/runtime.py"), "php"),
                    Set.of(Skill.COLLECTS, Skill.SHARES_A_FILE)));
            clients.add(new Client(
                    "php-fpm",
                    List.of("python3", file("php/test/runtime.py"), Runtimes.phpFpm()),
                    Set.of(Skill.COLLECTS, Skill.SHARES_A_FILE, Skill.ANSWERS_FIRST)));
            clients.add(shell("bash"));
        }
        return clients.stream().filter(client -> client.name().contains(ONLY)).toList();
    }

    /** Those whose process goes on, in a loop of ours that invokes them as AWS Lambda does. */
    static List<Client> inLoops() throws IOException, InterruptedException {
        Set<Skill> skills = Set.of(Skill.LIVES_ON, Skill.COLLECTS, Skill.LAMBDA, Skill.ANY_TEXT);
        List<Client> clients = new ArrayList<>(List.of(
                new Client(
                        "python",
                        List.of("python3", file("python/test/runtime.py")),
                        Set.of(Skill.LIVES_ON, Skill.COLLECTS, Skill.LAMBDA, Skill.ANY_TEXT, Skill.FORKS)),
                new Client("nodejs", List.of("node", file("nodejs/test/runtime.mjs")), skills)));
        if (Peers.isNewest()) {
            clients.add(new Client("go", Runtimes.go(), skills));
            clients.add(new Client("java", Runtimes.java(), skills));
        }
        return clients;
    }

    private static Client shell(String name) {
        return new Client(name, List.of("python3", file("shell/test/runtime.py"), name), Set.of());
    }

    boolean can(Skill skill) {
        return skills.contains(skill);
    }

    /** A file of {@code clients/}. */
    static String file(String path) {
        Path file = folder(path);
        if (!Files.exists(file)) {
            throw new IllegalStateException(file + " not found");
        }
        return file.toString();
    }

    static Path folder(String path) {
        return Jars.ROOT.resolve("clients").resolve(path);
    }
}
