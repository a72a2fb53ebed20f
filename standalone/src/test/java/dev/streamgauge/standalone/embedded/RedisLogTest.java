package dev.streamgauge.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisLogTest {
    @TempDir
    Path folder;

    @Test
    void readFrom_givesWhatCameAfterThePosition_whenTheLogIsOlder() throws IOException {
        RedisLog log = new RedisLog(Files.writeString(folder.resolve("redis.log"), "before\n"));
        long position = log.end();
        Files.writeString(log.file(), "after\n", StandardOpenOption.APPEND);

        String text = log.readFrom(position);

        assertThat(text).isEqualTo("after\n");
    }

    @Test
    void readFrom_givesNothing_whenThereIsNoFile() throws IOException {
        RedisLog log = new RedisLog(folder.resolve("redis.log"));

        String text = log.readFrom(log.end());

        assertThat(text).isEmpty();
    }

    @Test
    void tail_givesTheLastEightLinesThatSaySomething_whenThereAreMore() {
        String tail = RedisLog.tail("0\n1\n\n2\n3\n4\n5\n6\n7\n \n8\n\n");

        assertThat(tail).isEqualTo("1\n2\n3\n4\n5\n6\n7\n8");
    }

    @Test
    void rotate_putsTheFileAside_whenItIsOverTheLimit() throws IOException {
        RedisLog atLimit = new RedisLog(Files.write(folder.resolve("at-limit.log"), new byte[10 << 20]));
        RedisLog over = new RedisLog(Files.write(folder.resolve("over.log"), new byte[(10 << 20) + 1]));
        Files.writeString(folder.resolve("over.log.1"), "older still");

        atLimit.rotate();
        over.rotate();

        assertThat(atLimit.end()).isEqualTo(10 << 20);
        assertThat(over.end()).isZero();
        assertThat(folder.resolve("over.log.1")).hasSize((10 << 20) + 1);
    }
}
