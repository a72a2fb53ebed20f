package dev.streamgauge.server.tenants;

import static dev.streamgauge.server.TestRedis.DEADLINE;
import static dev.streamgauge.server.TestRedis.KEYSPACE;
import static dev.streamgauge.server.tenants.Directory.record;
import static dev.streamgauge.server.tenants.Directory.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.tenant.TenantDirectory;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.server.TestRedis;
import dev.streamgauge.testkit.FaultProxy;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DirectoryReaderTest {

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private static final TenantId ACME = new TenantId("acme");

    private final Random random = new Random(1);
    private final ApiKey key = ApiKey.generate(random);
    private final ApiKey other = ApiKey.generate(random);
    private Directory directory;

    @BeforeEach
    void fill() {
        directory = new Directory(REDIS);
        directory.put(tenant("acme", record(key, Scope.QUERY)));
    }

    private static DirectoryReader reader(RedisConnections connections) {
        return new DirectoryReader(new TenantDirectory(new SingleServer(connections, KEYSPACE)));
    }

    private static FaultProxy proxy() {
        return REDIS.closedAfterwards(FaultProxy.to(REDIS.server().port()));
    }

    private static DirectoryReader readerBehind(FaultProxy proxy) {
        return reader(REDIS.connectionsTo("redis://127.0.0.1:" + proxy.port()));
    }

    private static DirectoryReader read(DirectoryReader reader) {
        reader.read().await().atMost(DEADLINE);
        return reader;
    }

    private static void assertFails(DirectoryReader reader) {
        assertThatThrownBy(() -> read(reader)).isInstanceOf(RedisFailure.class);
    }

    @Test
    void book_isEmpty_whenNothingWasRead() {
        DirectoryReader reader = reader(REDIS.connections());

        assertThat(reader.index().tenants()).isEmpty();
    }

    @Test
    void read_takesOverTheDirectory() {
        DirectoryReader reader = reader(REDIS.connections());

        read(reader);

        assertThat(reader.index().tenants()).containsOnlyKeys(ACME);
        assertThat(reader.index().findKey(key.id())).contains(new OwnedKey(ACME, record(key, Scope.QUERY)));
    }

    @Test
    void read_takesOverWhatHasChanged() {
        directory.put(tenant("gone"));
        DirectoryReader reader = read(reader(REDIS.connections()));
        directory.put(tenant("acme", record(other, Scope.QUERY)));
        directory.delete("gone");
        directory.put(tenant("new"));

        read(reader);

        assertThat(reader.index().tenants()).containsOnlyKeys(ACME, new TenantId("new"));
        assertThat(reader.index().findKey(key.id())).isEmpty();
        assertThat(reader.index().findKey(other.id())).isPresent();
    }

    @Test
    void read_dropsAllTenants_whenRedisWasEmptied() {
        DirectoryReader reader = read(reader(REDIS.connections()));
        REDIS.server().command("FLUSHALL");

        read(reader);

        assertThat(reader.index().tenants()).isEmpty();
        assertThat(reader.index().findKey(key.id())).isEmpty();
    }

    @Test
    void read_keepsTheOthers_whenARecordCannotBeRead() {
        directory.putUnreadable("newer");
        DirectoryReader reader = reader(REDIS.connections());

        read(reader);

        assertThat(reader.index().tenants()).containsOnlyKeys(ACME);
        assertThat(reader.index().unreadableTenants()).containsExactly(new TenantId("newer"));
    }

    @Test
    void read_keepsWhatWasRead_whenRedisCannotBeReached() {
        FaultProxy proxy = proxy();
        DirectoryReader reader = read(readerBehind(proxy));
        proxy.rejectNewConnections();
        proxy.cut();

        assertFails(reader);

        assertThat(reader.index().findKey(key.id())).isPresent();
    }

    /** From another run of the server all tenants are read again, in two pages; the second page is cut off. */
    @Test
    void read_keepsWhatWasRead_whenReadingAllAgainFailsHalfWay() {
        directory.putNew(IntStream.range(0, 700).mapToObj(i -> tenant("t" + i)).toList());
        FaultProxy proxy = proxy();
        DirectoryReader reader = read(readerBehind(proxy));
        REDIS.server().command("REPLICAOF", "127.0.0.1", "1"); // nothing is there to copy
        REDIS.server().command("REPLICAOF", "NO", "ONE");
        proxy.cut();
        proxy.replies(new FaultProxy.CutAfter(47_000)); // the first 500 have about 40,000 bytes, the others 15,000

        assertFails(reader); // perhaps on the old connection, before it is found broken
        assertFails(reader);

        assertThat(reader.index().tenants()).hasSize(701);
        assertThat(reader.index().findKey(key.id())).isPresent();
    }

    @Test
    void read_takesOverAllPages() {
        directory.putNew(IntStream.range(0, 700).mapToObj(i -> tenant("t" + i)).toList());
        DirectoryReader reader = reader(REDIS.connections());

        read(reader);

        assertThat(reader.index().tenants()).hasSize(701);
    }

    @Test
    void read_isOneCall_whenNothingHasChanged() {
        DirectoryReader reader = read(reader(REDIS.connections()));
        REDIS.server().command("CONFIG", "RESETSTAT");

        read(reader);

        assertThat(String.valueOf(REDIS.server().command("INFO", "commandstats")))
                .contains("cmdstat_evalsha_ro:calls=1,");
    }

    /** With this floor Redis answers every read with START. */
    @Test
    void read_fails_whenItHasToBeginAgainAndAgain() {
        DirectoryReader reader = read(reader(REDIS.connections()));
        REDIS.server().command("HSET", KEYSPACE.tenantsMeta(), "floor", "1000000");

        assertThatThrownBy(() -> read(reader))
                .isInstanceOf(RedisFailure.class)
                .hasMessage("directory of tenants: changes while it is read");

        assertThat(reader.index().findKey(key.id())).isPresent();
    }
}
