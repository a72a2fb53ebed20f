package dev.streamgauge.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SetsidCommandTest {
    @TempDir
    Path folder;

    @Test
    void around_prefersSetsid_whenBothAreThere() throws IOException {
        install("setsid");
        install("perl");

        List<String> command = SetsidCommand.around(List.of("redis-server", "x"), "/nonexistent:" + folder);

        assertThat(command).containsExactly("setsid", "redis-server", "x");
    }

    @Test
    void around_usesPerl_whenThereIsNoSetsid() throws IOException {
        install("perl");

        List<String> command = SetsidCommand.around(List.of("redis-server", "x"), folder.toString());

        assertThat(command).startsWith("perl").endsWith("redis-server", "x");
    }

    @Test
    void around_leavesTheCommand_whenThereIsNeither() {
        List<String> command = SetsidCommand.around(List.of("redis-server", "x"), "");

        assertThat(command).containsExactly("redis-server", "x");
    }

    private void install(String name) throws IOException {
        Files.setPosixFilePermissions(
                Files.createFile(folder.resolve(name)), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
