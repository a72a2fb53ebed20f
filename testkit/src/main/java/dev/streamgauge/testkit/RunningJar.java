package dev.streamgauge.testkit;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A runnable jar under test, in a separate process on the Java that runs the test. */
public final class RunningJar extends RunningProgram {

    private RunningJar(ProcessBuilder builder, Map<String, String> environment, @Nullable Path outputFile) {
        super(builder, environment, outputFile);
    }

    /** Describes how to run a jar. */
    public static Builder builder(Path jar) {
        return new Builder(jar);
    }

    @Override
    public RunningJar awaitAnswer(URI address, Duration deadline) {
        super.awaitAnswer(address, deadline);
        return this;
    }

    /** How to run a jar. */
    public static final class Builder {
        private final Path jar;
        private final List<String> prefix = new ArrayList<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private final List<String> jvmArguments = new ArrayList<>();
        private @Nullable Path workingDirectory;
        private @Nullable Path outputFile;

        private Builder(Path jar) {
            this.jar = jar;
        }

        /** Adds a variable to the environment. */
        public Builder environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** Adds a system property. */
        public Builder property(String name, String value) {
            return jvmArgument("-D" + name + "=" + value);
        }

        /** Adds an argument for the JVM, such as {@code -Xmx256m}. */
        public Builder jvmArgument(String argument) {
            jvmArguments.add(argument);
            return this;
        }

        /**
         * Starts with half the work, where only the behavior of the process counts: from a cache of the jar's classes, and
         * with the JVM's first compiler alone.
         */
        public Builder startingFast() {
            return jvmArgument("-XX:TieredStopAtLevel=1")
                    .jvmArgument("-XX:AOTCache=" + AotCache.of(jar))
                    .jvmArgument("-Xlog:aot*=error,cds*=error"); // it warns where other arguments make a cache useless
        }

        /** A command that runs the JVM, such as {@code taskset -c 0}; it must replace itself by the JVM (exec). */
        public Builder commandPrefix(List<String> words) {
            prefix.clear();
            prefix.addAll(words);
            return this;
        }

        /** The folder to run in; by default the one of this JVM. */
        public Builder workingDirectory(Path directory) {
            this.workingDirectory = directory;
            return this;
        }

        /** The file for what it prints, overwritten; by default a temporary one. */
        public Builder outputFile(Path file) {
            this.outputFile = file;
            return this;
        }

        /** Starts the process; it may not be listening yet. */
        public RunningJar start() {
            List<String> command = new ArrayList<>(prefix);
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(jvmArguments);
            command.add("-jar");
            command.add(jar.toAbsolutePath().toString());
            ProcessBuilder builder = new ProcessBuilder(command);
            if (workingDirectory != null) {
                builder.directory(workingDirectory.toFile());
            }
            return new RunningJar(builder, environment, outputFile);
        }
    }
}
