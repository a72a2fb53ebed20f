package dev.streamgauge.server.tenants;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.tenant.DirectoryEntry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TenantIndexTest {

    private static final TenantId ACME = new TenantId("acme");

    private final TenantIndex index = new TenantIndex();
    private final Random random = new Random(1);

    private KeyRecord key() {
        ApiKey key = ApiKey.generate(random);
        return new KeyRecord(
                key.id(), key.hash(), Set.of(Scope.INGEST), Instant.EPOCH, Optional.empty(), Optional.empty());
    }

    private static DirectoryEntry entry(KeyRecord... keys) {
        return new DirectoryEntry.Known(ACME, "", new TenantRecord(ACME, Instant.EPOCH, List.of(keys), Map.of()));
    }

    @Test
    void take_dropsTheKeysThatATenantNoLongerHas() {
        KeyRecord kept = key();
        KeyRecord revoked = key();
        KeyRecord added = key();
        index.take(entry(kept, revoked));

        index.take(entry(kept, added));

        assertThat(index.findKey(kept.id())).contains(new OwnedKey(ACME, kept));
        assertThat(index.findKey(added.id())).contains(new OwnedKey(ACME, added));
        assertThat(index.findKey(revoked.id())).isEmpty();
    }

    @Test
    void take_dropsTenantAndKeys_whenItIsDeletedOrCannotBeRead() {
        KeyRecord key = key();
        for (DirectoryEntry end : List.of(
                new DirectoryEntry.Absent(ACME), new DirectoryEntry.Unreadable(ACME, "{}", "version 2 is not known"))) {
            index.take(entry(key));
            assertThat(index.unreadable()).isZero();

            index.take(end);

            assertThat(index.findKey(key.id())).isEmpty();
            assertThat(index.find(ACME)).isEmpty();
        }
        assertThat(index.unreadable()).isEqualTo(1);
        assertThat(index.unreadableTenants()).containsExactly(ACME);
        index.take(new DirectoryEntry.Absent(ACME));
        assertThat(index.unreadable()).isZero();
    }
}
