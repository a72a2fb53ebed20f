package dev.streamgauge.server.hostnames;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.testkit.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostAliasTest {

    @ParameterizedTest
    @CsvSource({
        "redis://my_redis,                 my_redis",
        "redis://my_redis:6379,            my_redis",
        "rediss://a_user:p_w@a__b_:6380/1, a__b_",
        "redis://_tcp.x-y.example/?a=b_c,  _tcp.x-y.example"
    })
    void host_withAnUnderscore_getsAnAlias(String address, String host) {
        URI aliased = URI.create(HostAlias.inAddress(address));

        assertThat(HostAlias.resolve(aliased.getHost())).isEqualTo(host);
        assertThat(aliased.toString().replace(aliased.getHost(), host)).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://localhost:6379",
                "redis://a_user:p_w@redis/?x_y=1",
                "redis://[::1]:6379",
                "unix:///run/my_redis.sock",
                "http://my_redis"
            })
    void otherAddress_staysAsItIs(String address) {
        assertThat(HostAlias.inAddress(address)).isEqualTo(address);
    }

    @Test
    void connection_goesToTheHostOfTheAlias() {
        VertxOptions options = new VertxOptions()
                .setAddressResolverOptions(
                        new AddressResolverOptions().setHostsValue(Buffer.buffer("127.0.0.1 my_redis\n")));
        Vertx vertx = Vertx.vertx(options);
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = new RedisConnections(
                        vertx,
                        RedisServer.clientOptions(
                                HostAlias.inAddress(server.url().replace("127.0.0.1", "my_redis"))),
                        Duration.ofSeconds(10))) {
            assertThat(connections.send(Request.cmd(Command.PING)).await().indefinitely())
                    .hasToString("PONG");
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
