package dev.streamgauge.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.RedisFailure.Kind;
import io.vertx.redis.client.impl.types.ErrorType;
import java.io.IOException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisFailureTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    OOM command not allowed when used memory > 'maxmemory'.             | FULL
                    OOM allow-oom flag is not set on the script, can not run it         | FULL
                    LOADING Redis is loading the dataset in memory                      | UNAVAILABLE
                    BUSY Redis is busy running a script.                                | UNAVAILABLE
                    MASTERDOWN Link with MASTER is down                                 | UNAVAILABLE
                    READONLY You can't write against a read only replica.               | UNAVAILABLE
                    CLUSTERDOWN The cluster is down                                     | UNAVAILABLE
                    TRYAGAIN Multiple keys request during rehashing of slot             | UNAVAILABLE
                    NOREPLICAS Not enough good replicas to write.                       | UNAVAILABLE
                    MISCONF Redis is configured to save RDB snapshots                   | UNAVAILABLE
                    WRONGTYPE Operation against a key holding the wrong kind of value   | ERROR
                    NOSCRIPT No matching script. Please use EVAL.                       | ERROR
                    NOGROUP No such key 's' or consumer group 'g'                       | ERROR
                    BUSYGROUP Consumer Group name already exists                        | ERROR
                    NOPERM this user has no permissions to run the 'config' command     | FORBIDDEN
                    ERR The user executing the script can't run this command or subcommand | FORBIDDEN
                    ERR ACL failure in script: User u has no permissions to run the 'hset' command | FORBIDDEN
                    NOAUTH Authentication required.                                     | ERROR
                    ERR max number of clients reached                                   | ERROR
                    """)
    void failure_isOfItsKind_whenRedisAnsweredAnError(String message, Kind kind) {
        RedisFailure failure = RedisFailure.of(ErrorType.create(message));

        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.isAnswer()).isTrue();
        assertThat(failure).hasMessage(message);
    }

    /** The client's own words, in the guise of an error reply: what became of the call is not known. */
    @ParameterizedTest
    @ValueSource(strings = {"CONNECTION_CLOSED", "ILLEGAL_STATE Unknown RESP type X"})
    void failure_isUnreachable_whenTheClientMadeUpTheErrorReply(String message) {
        RedisFailure failure = RedisFailure.of(ErrorType.create(message));

        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failure.isAnswer()).isFalse();
    }

    @Test
    void failure_isUnreachable_whenTheConnectionBroke() {
        Exception thrown = new ConnectException("Connection refused");

        RedisFailure failure = RedisFailure.of(thrown);

        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failure.isAnswer()).isFalse();
        assertThat(failure).hasMessage("Connection refused").hasCause(thrown);
    }

    @Test
    void failure_saysWhatLiesBehind_whenTheClientSaysLittle() {
        Exception thrown =
                new IOException("Failed to create SSL connection", new IOException(new IOException("No such name")));

        RedisFailure failure = RedisFailure.of(thrown);

        assertThat(failure).hasMessage("Failed to create SSL connection: No such name");
    }

    @Test
    void failure_hasAMessage_whenWhatWasThrownHasNone() {
        RedisFailure failure = RedisFailure.of(new IOException());

        assertThat(failure.getMessage()).isEqualTo("null");
    }

    @Test
    void failure_staysItself_whenItIsOneAlready() {
        RedisFailure timeout = new RedisFailure(Kind.TIMEOUT, "no answer within 5 ms");

        RedisFailure failure = RedisFailure.of(timeout);

        assertThat(failure).isSameAs(timeout);
        assertThat(failure.isAnswer()).isFalse();
    }
}
