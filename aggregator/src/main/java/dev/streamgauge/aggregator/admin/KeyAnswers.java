package dev.streamgauge.aggregator.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.streamgauge.aggregator.admin.TenantAdministration.Found;
import dev.streamgauge.aggregator.admin.TenantAdministration.NewKey;
import dev.streamgauge.aggregator.admin.TenantAdministration.Source;
import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.tenant.TenantId;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Lists, makes and revokes keys of a tenant. */
@ApplicationScoped
class KeyAnswers {

    private static final String SCOPES_RULE =
            "a list of scopes expected, at least one, none twice; the scopes are " + Scope.ALL_IDS;

    private final TenantAdministration administration;
    private final InstantSource clock;

    KeyAnswers(TenantAdministration administration, InstantSource clock) {
        this.administration = administration;
        this.clock = clock;
    }

    /** The keys of a tenant. */
    public record KeyList(List<Key> keys) {}

    /**
     * A key, without its secret.
     *
     * @param created absent for a key from the tenants file, which does not record it
     * @param live whether it is accepted now
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Key(
            String id,
            List<String> scopes,
            Optional<Instant> created,
            Optional<Instant> expires,
            Optional<String> description,
            boolean live) {}

    /**
     * A key that was just made.
     *
     * @param key the secret
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record CreatedKey(
            String id,
            String key,
            List<String> scopes,
            Instant created,
            Optional<Instant> expires,
            Optional<String> description,
            boolean live) {

        /** Shows only the id, so that no log shows the secret. */
        @Override
        public String toString() {
            return "CreatedKey[" + id + "]";
        }
    }

    Response list(TenantId tenant) {
        return TenantsResource.json(new KeyList(keys(administration.get(tenant), clock.instant())));
    }

    Response create(TenantId tenant, AdminBody given, String by) {
        NewKey made = administration.createKey(
                tenant,
                scopes(given.required("scopes")),
                given.find("expires").map(KeyAnswers::time),
                given.find("description").map(KeyAnswers::description),
                by);
        return created(tenant, made);
    }

    private static Response created(TenantId tenant, NewKey made) {
        KeyRecord record = made.record();
        CreatedKey shown = new CreatedKey(
                record.id().value(),
                made.key().text(),
                ids(record.scopes()),
                record.created(),
                record.expires(),
                record.description(),
                true);
        return Response.fromResponse(TenantsResource.json(shown))
                .status(Response.Status.CREATED)
                .header(HttpHeaders.LOCATION, TenantsResource.PATH + tenant + "/keys/" + record.id())
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }

    Response revoke(TenantId tenant, String id, String by) {
        KeyId key = KeyId.parse(id)
                .orElseThrow(() -> new RequestRejectedException(
                        400, AdminError.VALUE_INVALID, "key: its id expected, 16 hexadecimal digits in lower case"));
        administration.revokeKey(tenant, key, by);
        return Response.noContent().build();
    }

    private static Set<Scope> scopes(JsonNode value) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (JsonNode each : value) {
            Scope scope = Scope.find(each.asText()).orElseThrow(() -> AdminBody.invalid("scopes", SCOPES_RULE));
            if (!each.isTextual() || !scopes.add(scope)) {
                throw AdminBody.invalid("scopes", SCOPES_RULE);
            }
        }
        if (!value.isArray() || scopes.isEmpty()) {
            throw AdminBody.invalid("scopes", SCOPES_RULE);
        }
        return scopes;
    }

    private static Instant time(JsonNode value) {
        try {
            return Instant.parse(AdminBody.text("expires", value));
        } catch (DateTimeException e) {
            throw AdminBody.invalid("expires", "a time as in ISO 8601 expected, such as 2027-01-31T12:00:00Z");
        }
    }

    private static String description(JsonNode value) {
        String text = AdminBody.text("description", value);
        if (text.length() > KeyRecord.MAX_DESCRIPTION || text.chars().anyMatch(Character::isISOControl)) {
            throw AdminBody.invalid(
                    "description",
                    "at most " + KeyRecord.MAX_DESCRIPTION + " characters expected, no control characters");
        }
        return text;
    }

    static List<Key> keys(Found found, Instant now) {
        return found.tenant().keys().stream()
                .map(key -> new Key(
                        key.id().value(),
                        ids(key.scopes()),
                        found.source() == Source.API ? Optional.of(key.created()) : Optional.empty(),
                        key.expires(),
                        key.description(),
                        key.isLive(now)))
                .toList();
    }

    private static List<String> ids(Set<Scope> scopes) {
        return scopes.stream().sorted().map(Scope::id).toList();
    }
}
