package dev.streamgauge.standalone.embedded;

import java.nio.file.Path;
import java.time.Duration;

/** Another JVM that owns a data folder, for {@link EmbeddedRedisTest}: runs until it is killed. */
final class OwnerMain {
    static final String READY = "ready on port ";

    private OwnerMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        EmbeddedRedisSettings settings = new EmbeddedRedisSettings(
                Path.of(arguments[0]), new RedisProgram.Bundled(), 0, "64mb", Duration.ofSeconds(10));
        try {
            EmbeddedRedis redis = EmbeddedRedis.start(settings, System.err::println);
            System.out.println(READY + redis.port());
            Thread.currentThread().join();
        } catch (StartupException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }
}
