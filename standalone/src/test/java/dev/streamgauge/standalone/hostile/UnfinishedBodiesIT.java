package dev.streamgauge.standalone.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Senders that never end their bodies, in mode {@code open}, beside two quiet tenants of a standalone. */
class UnfinishedBodiesIT {

    private static final int LENGTH = 1 << 20;

    @Test
    @Timeout(180)
    void quietTenants_noticeNothing_whenManyBodiesLackTheirLastByte(@TempDir Path folder) throws Exception {
        String unfinished = "POST /api/v1/metrics HTTP/1.1\r\nHost: localhost\r\nX-Scope-OrgID: unfinished\r\n"
                + "Content-Length: " + LENGTH + "\r\n\r\n" + "x".repeat(LENGTH - 1);
        List<RawSender> senders = new ArrayList<>();
        try (Jars.Started standalone = Jars.standalone(folder).awaitReady();
                QuietTenants quiet = new QuietTenants(
                        standalone.address(), standalone.address(), Tenant.named("quiet-1"), Tenant.named("quiet-2"))) {
            for (int i = 0; i < 300; i++) {
                RawSender sender = new RawSender(standalone.address());
                senders.add(sender);
                sender.send(unfinished); // it may be rejected before it has sent all of that
            }
            Scrapes.get(standalone.at("/q/health/live"));
            senders.forEach(RawSender::close);
            quiet.awaitScrapes(5);

            quiet.assertUndisturbed();
            assertThat(standalone.process().isAlive()).isTrue();
            assertThat(standalone.process().output()).doesNotContain("OutOfMemoryError");
            standalone.process().terminate(); // and its Redis with it
        }
    }
}
