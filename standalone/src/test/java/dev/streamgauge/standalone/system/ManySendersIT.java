package dev.streamgauge.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.testkit.RedisServer;
import org.junit.jupiter.api.Test;

/** Many senders, two aggregators: every series of every tenant is what its senders added up. */
class ManySendersIT {

    private static final int SENDERS = 64;
    private static final int TENANTS = 5;
    private static final int REQUESTS = 20_480;

    @Test
    void totals_equalWhatWasSent_whenManySendersPushThroughTwoAggregators() throws Exception {
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started ingest = Jars.role("ingest-api", redis.url());
                Jars.Started first = Jars.role("aggregator", redis.url());
                Jars.Started second = Jars.role("aggregator", redis.url());
                Jars.Started query = Jars.role("query-api", redis.url())) {
            ingest.awaitReady();
            first.awaitReady();
            second.awaitReady();
            query.awaitReady();
            MixedLoad load = new MixedLoad(ingest.at("/api/v1/metrics"), SENDERS, TENANTS, 1);

            load.run(REQUESTS);

            assertThat(load.accepted()).isEqualTo(REQUESTS);
            Scrapes.assertTotals(query.address(), first.address(), load, TENANTS);
            assertThat(Scrapes.ownMetrics(first.address()).get("streamgauge_fold_batch_entries_count"))
                    .isPositive();
            assertThat(Scrapes.ownMetrics(second.address()).get("streamgauge_fold_batch_entries_count"))
                    .isPositive();
        }
    }
}
