package dev.streamgauge.server.access;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.TenantId;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

/** Finds out as which tenant a caller acts: in open mode, as the one that the header names. */
@ApplicationScoped
public class CallerTenant {

    /** Names the tenant, as in Mimir and Loki. */
    public static final String HEADER = "X-Scope-OrgID";

    /** A tenant, or why there is none. */
    public sealed interface Verdict {

        /** The caller acts as that tenant. */
        record Known(TenantId tenant) implements Verdict {}

        /** The caller acts as nobody: the status to answer with, and why. */
        record Refused(int status, Reason reason, String detail) implements Verdict {}
    }

    /** The tenant of a caller who sent that header, or none. */
    public Verdict of(@Nullable String header) {
        if (header == null || header.isEmpty()) {
            return new Verdict.Known(TenantId.ANONYMOUS);
        }
        return parse(header, HEADER);
    }

    /** The tenant of that name; {@code where} says in an error where the name stood. */
    public Verdict parse(String name, String where) {
        return TenantId.parse(name)
                .<Verdict>map(Verdict.Known::new)
                .orElseGet(() -> new Verdict.Refused(
                        400,
                        Reason.TENANT_INVALID,
                        where + ": 1 to 150 characters of A-Z a-z 0-9 ! - _ . * ' ( ), not . or .."));
    }
}
