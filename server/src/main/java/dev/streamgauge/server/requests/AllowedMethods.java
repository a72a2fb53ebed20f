package dev.streamgauge.server.requests;

import dev.streamgauge.server.Role;
import dev.streamgauge.server.description.ApiDescription;
import dev.streamgauge.server.description.ApiDescription.Operation;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.ProblemAnswers;
import dev.streamgauge.server.problems.RequestError;
import io.quarkus.arc.All;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Rejects paths that this process does not serve, and methods that a path does not have, and answers {@code OPTIONS}
 * with the methods that this process serves at that path.
 */
@ApplicationScoped
public class AllowedMethods {

    /** After Quarkus' filters, such as the one for CORS, which answers preflight requests; before all routes. */
    private static final int ORDER = -1;

    private static final String GET = "GET";
    private static final String HEAD = "HEAD";
    private static final String OPTIONS = "OPTIONS";
    private static final String EVERY_ROLE = "every role";

    private final ProblemAnswers problems;
    private final UnknownPaths unknownPaths;
    private final Map<String, Set<String>> byPath = new HashMap<>();
    private final Map<Pattern, Set<String>> byTemplate = new LinkedHashMap<>();

    @Inject
    AllowedMethods(ProblemAnswers problems, @All List<Role> roles) {
        this(
                problems,
                ApiDescription.operations(),
                roles.stream().map(Role::name).toList());
    }

    /**
     * Knows the methods of these operations.
     *
     * @param roles the names of the roles that this process plays
     */
    AllowedMethods(ProblemAnswers problems, Collection<Operation> operations, Collection<String> roles) {
        this.problems = problems;
        this.unknownPaths = new UnknownPaths(operations);
        Map<String, Set<String>> all = operations.stream()
                .filter(operation -> isServed(operation.tag(), roles))
                .collect(Collectors.groupingBy(
                        Operation::path,
                        LinkedHashMap::new,
                        Collectors.mapping(Operation::method, Collectors.toCollection(LinkedHashSet::new))));
        all.forEach((path, methods) -> {
            Set<String> allowed = new LinkedHashSet<>(methods);
            if (methods.contains(GET)) {
                allowed.add(HEAD);
            }
            allowed.add(OPTIONS);
            if (path.contains("{")) {
                byTemplate.put(ApiDescription.pattern(path), allowed);
            } else {
                byPath.put(path, allowed);
            }
        });
    }

    /** A tag is the name of a role's module: {@code ingest-api} for {@code ingest}. */
    private static boolean isServed(String tag, Collection<String> roles) {
        return tag.equals(EVERY_ROLE) || roles.contains(tag.replaceFirst("-api$", ""));
    }

    void register(@Observes Router router) {
        router.route().order(ORDER).handler(this::check);
    }

    private void check(RoutingContext exchange) {
        String method = exchange.request().method().name();
        Optional<Set<String>> allowed = find(exchange.normalizedPath());
        if (allowed.isEmpty()) {
            problems.send(exchange, unknownPaths.problem(exchange.normalizedPath()));
            return;
        }
        if (allowed.get().contains(method) && !method.equals(OPTIONS)) {
            exchange.next();
            return;
        }
        String list = String.join(", ", allowed.get());
        exchange.response().putHeader(HttpHeaders.ALLOW, list);
        if (method.equals(OPTIONS)) {
            exchange.response().end();
        } else {
            problems.send(exchange, Problem.of(405, RequestError.METHOD_NOT_ALLOWED, "method: use one of " + list));
        }
    }

    /**
     * The methods of a path, {@code OPTIONS} among them; empty if this process does not serve it. Vert.x would also
     * serve a path with a slash at its end, which a proxy may take for another path.
     */
    Optional<Set<String>> find(String path) {
        Set<String> known = byPath.get(path);
        if (known != null) {
            return Optional.of(known);
        }
        for (Map.Entry<Pattern, Set<String>> template : byTemplate.entrySet()) {
            if (template.getKey().matcher(path).matches()) {
                return Optional.of(template.getValue());
            }
        }
        return ApiDescription.isOfQuarkus(path)
                ? Optional.of(new LinkedHashSet<>(List.of(GET, HEAD, OPTIONS)))
                : Optional.empty();
    }
}
