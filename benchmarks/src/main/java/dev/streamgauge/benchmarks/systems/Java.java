package dev.streamgauge.benchmarks.systems;

import dev.streamgauge.testkit.RunningProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts a class of this jar in a process of its own. */
final class Java {

    private Java() {}

    static RunningProgram start(Class<?> main, List<String> jvmArguments, List<String> prefix, List<String> arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return RunningProgram.start(command);
    }
}
