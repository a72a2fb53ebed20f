package dev.streamgauge.standalone.clients;

import dev.streamgauge.standalone.clients.Client.Skill;
import dev.streamgauge.standalone.e2e.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Builds and installs the runtimes of the clients, of fixed versions, into the cache of {@link Peers}. */
final class Runtimes {

    private static final String EMULATOR_VERSION = "v0.0.0-20261030222936-bef5c4ba774d";
    private static final String PYTHON_VERSION = "4.2.2";
    private static final String NODEJS_VERSION = "3.3.0";
    private static final String JAVA_HOME = System.getProperty("java.home");

    private Runtimes() {}

    /** The functions with the runtime clients of AWS, in its emulator and in lambda-simulator. */
    static List<Client> ofLambda() throws IOException, InterruptedException {
        Path emulator =
                Peers.go("github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie", EMULATOR_VERSION);
        List<String> emulated = List.of("python3", Client.file("test/emulator.py"), emulator.toString());
        List<String> simulated = List.of(simulator());
        Map<String, List<String>> runtimes =
                Map.of("python", lambdaPython(), "nodejs", lambdaNodejs(), "java", lambdaJava(), "go", lambdaGo());
        Set<Skill> skills = Set.of(Skill.LIVES_ON, Skill.COLLECTS, Skill.LAMBDA, Skill.ANY_TEXT);
        Set<Skill> skillsInSimulator = Set.of(Skill.LIVES_ON, Skill.COLLECTS, Skill.LAMBDA);
        List<Client> clients = new ArrayList<>();
        for (String name : List.of("python", "nodejs", "java", "go")) {
            clients.add(new Client("rie-" + name, concat(emulated, runtimes.get(name)), skills));
        }
        for (String name : List.of("python", "nodejs")) {
            clients.add(new Client("sim-" + name, concat(simulated, runtimes.get(name)), skillsInSimulator));
        }
        return clients;
    }

    /** The function of the Go client in a loop of ours. */
    static List<String> go() throws IOException, InterruptedException {
        return List.of(builtGo("go", "./test/runtime", "go-runtime"));
    }

    /** The function of the Java client in a loop of ours. */
    static List<String> java() throws IOException, InterruptedException {
        Path built = Peers.cache().resolve("java-runtime");
        Peers.run(Client.folder("java"), Map.of("JAVA_HOME", JAVA_HOME), "sh", "test/build.sh", built.toString());
        return List.of(
                JAVA_HOME + "/bin/java",
                "-XX:SharedArchiveFile=" + built.resolve("runtime.jsa"),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                built.resolve("runtime.jar").toString(),
                "Runtime");
    }

    /** Its program, whose name has a version on some systems. */
    static String phpFpm() throws IOException {
        for (String folder : List.of("/usr/sbin", "/usr/local/sbin")) {
            try (Stream<Path> programs = Files.list(Path.of(folder))) {
                List<Path> found = programs.filter(
                                program -> program.getFileName().toString().matches("php-fpm[0-9.]*"))
                        .toList();
                if (!found.isEmpty()) {
                    return found.getLast().toString();
                }
            }
        }
        throw new IllegalStateException("php-fpm not found: apt-get install php-fpm");
    }

    private static List<String> lambdaPython() throws IOException, InterruptedException {
        Path folder = Peers.pythonPackage("awslambdaric", PYTHON_VERSION);
        return inFolderOf("python", folder.resolve("bin/python").toString(), "-m", "awslambdaric", "function.handler");
    }

    private static List<String> lambdaNodejs() throws IOException, InterruptedException {
        Path folder = Peers.npmPackages("aws-lambda-ric@" + NODEJS_VERSION);
        return inFolderOf(
                "nodejs", folder.resolve("node_modules/.bin/aws-lambda-ric").toString(), "function.handler");
    }

    private static List<String> lambdaJava() throws IOException, InterruptedException {
        Path built = Peers.cache().resolve("lambda-java");
        Peers.run(
                Client.folder("java"), Map.of("JAVA_HOME", JAVA_HOME), "sh", "test/build-lambda.sh", built.toString());
        return List.of(
                JAVA_HOME + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI="
                        + built.resolve("lambda-jni.so"),
                "-cp",
                built.resolve("lambda.jar") + ":" + built.resolve("lib") + "/*",
                "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
                "Handler::handleRequest");
    }

    private static List<String> lambdaGo() throws IOException, InterruptedException {
        return List.of(builtGo("go/test/lambda", ".", "lambda-go"));
    }

    /** Built outside the tree; Go's own cache makes that quick the next time. */
    private static String builtGo(String folder, String location, String name)
            throws IOException, InterruptedException {
        Path built = Peers.cache().resolve(name);
        Peers.run(Client.folder(folder), Map.of(), "go", "build", "-o", built.toString(), location);
        return built.toString();
    }

    private static String simulator() throws IOException, InterruptedException {
        Path target = Peers.cache().resolve("lambda-simulator");
        Peers.run(
                Client.folder("test/simulator"),
                Map.of(),
                "cargo",
                "build",
                "--quiet",
                "--locked",
                "--release",
                "--target-dir",
                target.toString());
        return target.resolve("release/simulator").toString();
    }

    private static List<String> inFolderOf(String client, String... command) {
        String folder = Client.folder(client).resolve("test").toString();
        return concat(List.of("env", "-C", folder, "LAMBDA_TASK_ROOT=" + folder), List.of(command));
    }

    private static List<String> concat(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
