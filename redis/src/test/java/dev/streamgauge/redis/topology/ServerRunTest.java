package dev.streamgauge.redis.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.testkit.RedisServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What tells two runs apart. */
class ServerRunTest {

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private ServerRun runOf(String url) {
        try (RedisConnection connection =
                redis.connectionsTo(url, Duration.ofSeconds(10)).open().await().indefinitely()) {
            return connection.serverRun();
        }
    }

    @Test
    void run_isThatOfTheServer_onEachConnection() {
        assertThat(runOf(redis.url())).isEqualTo(runOf(redis.url())).isNotEqualTo(ServerRun.NONE);
    }

    @Test
    void run_isAnother_afterARestart() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            ServerRun before = runOf(server.url());
            server.kill();
            server.restart();

            assertThat(runOf(server.url())).isNotEqualTo(before);
        }
    }

    /** It is the same process, but may have got the older state of the other server. */
    @Test
    void run_isAnother_whenTheServerWasAReplicaInBetween() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            ServerRun before = runOf(server.url());
            server.command("REPLICAOF", "127.0.0.1", "1");
            server.command("REPLICAOF", "NO", "ONE");

            assertThat(runOf(server.url())).isNotEqualTo(before);
        }
    }

    @Test
    void run_isAnotherOnEachConnection_whenTheServerDoesNotTellIt() {
        redis.command("ACL", "SETUSER", "secretive", "on", ">secret", "+@all", "-info");
        String url = redis.url().replace("redis://", "redis://secretive:secret@");
        try (RedisConnections connections = redis.connectionsTo(url, Duration.ofSeconds(10));
                RedisConnection one = connections.open().await().indefinitely();
                RedisConnection other = connections.open().await().indefinitely()) {

            assertThat(one.serverRun()).isNotEqualTo(other.serverRun());
        } finally {
            redis.command("ACL", "DELUSER", "secretive");
        }
    }
}
