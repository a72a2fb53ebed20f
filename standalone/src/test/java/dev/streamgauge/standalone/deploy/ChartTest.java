package dev.streamgauge.standalone.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.LintResult;
import dev.streamgauge.standalone.docs.Page;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart renders valid Kubernetes objects, follows the pod security standard, and sets only what the code knows. */
class ChartTest {

    private static final List<String> ROLES = List.of("ingest", "aggregator", "query");
    private static final Path CI = Chart.FOLDER.resolve("ci");
    private static final Path PRODUCTION = CI.resolve("production-values.yaml");
    private static final Path GATEWAY = CI.resolve("gateway-values.yaml");
    private static final Path TRIAL = CI.resolve("trial-values.yaml");

    /** What the chart sets by other values than settings. */
    private static final Set<String> SET_BY_THE_CHART = Set.of(
            "streamgauge.auth.mode",
            "streamgauge.auth.admin-key",
            "streamgauge.auth.metrics-key",
            "streamgauge.tenants-file",
            "streamgauge.overrides-file");

    @TempDir
    private static Path copy;

    private static Chart chart;

    @BeforeAll
    static void copyTheChart() {
        chart = Chart.in(copy);
    }

    private static List<Path> installations() {
        return Chart.installations();
    }

    @ParameterizedTest
    @MethodSource("installations")
    void lint_findsNothing(Path values, @TempDir Path folder) {
        LintResult result = Chart.in(folder).lint(values);

        assertThat(result.getMessages()).allMatch(message -> message.startsWith("==>") || message.contains("icon"));
        assertThat(result.isFailed()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("installations")
    void documents_haveKnownTypesAndProperties(Path values) {
        List<JsonNode> documents = chart.render(values).documents();

        assertThat(documents)
                .isNotEmpty()
                .allSatisfy(document -> assertThat(Rendering.typed(document)).isNotNull());
        assertThat(documents)
                .extracting(document -> Rendering.typeOf(document) + " "
                        + document.at("/metadata/name").asText())
                .doesNotHaveDuplicates();
        assertThat(documents)
                .filteredOn(document ->
                        document.at("/metadata/labels/app.kubernetes.io~1name").isMissingNode())
                .extracting(document -> document.at("/metadata/name").asText())
                .isSubsetOf("more", "gauge-note"); // the ones of extraManifests
    }

    /** All that the templates can make is in one of the installations, so that the tests above see it. */
    @Test
    void installations_haveEveryTypeOfObject() {
        Set<String> types = installations().stream()
                .flatMap(values -> chart.render(values).documents().stream())
                .map(Rendering::typeOf)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(types)
                .containsExactlyInAnyOrder(
                        "apps/v1 Deployment",
                        "apps/v1 StatefulSet",
                        "autoscaling/v2 HorizontalPodAutoscaler",
                        "gateway.networking.k8s.io/v1 HTTPRoute",
                        "keda.sh/v1alpha1 ScaledObject",
                        "monitoring.coreos.com/v1 PrometheusRule",
                        "monitoring.coreos.com/v1 ServiceMonitor",
                        "monitoring.coreos.com/v1alpha1 ScrapeConfig",
                        "networking.k8s.io/v1 Ingress",
                        "networking.k8s.io/v1 NetworkPolicy",
                        "policy/v1 PodDisruptionBudget",
                        "v1 ConfigMap",
                        "v1 Pod",
                        "v1 Secret",
                        "v1 Service",
                        "v1 ServiceAccount");
    }

    /** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted, and a little more. */
    @ParameterizedTest
    @MethodSource("installations")
    void pods_keepToTheRestrictedStandard(Path values) {
        Rendering rendering = chart.render(values);

        assertThat(rendering.pods()).isNotEmpty().allSatisfy(ChartTest::assertRestricted);
        assertThat(rendering.containers()).allSatisfy(container -> {
            SecurityContext security = container.getSecurityContext();
            assertThat(security.getAllowPrivilegeEscalation()).isFalse();
            assertThat(security.getReadOnlyRootFilesystem()).isTrue();
            assertThat(security.getPrivileged()).isNull();
            assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
            assertThat(security.getCapabilities().getAdd()).isNullOrEmpty();
            assertThat(container.getPorts()).allMatch(port -> port.getHostPort() == null);
        });
    }

    private static void assertRestricted(PodSpec pod) {
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSecurityContext().getRunAsUser()).isPositive();
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(pod.getHostNetwork()).isNull();
        assertThat(pod.getHostPID()).isNull();
        assertThat(pod.getHostIPC()).isNull();
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        // Variables such as STREAMGAUGE_QUERY_PORT, which Kubernetes makes for Services, would look like settings.
        assertThat(pod.getEnableServiceLinks()).isFalse();
        assertThat(Objects.requireNonNullElse(pod.getVolumes(), List.<Volume>of()))
                .allMatch(volume -> volume.getHostPath() == null);
    }

    /** No pod mounts what is not there, and nothing is mounted as a single file, which would never change. */
    @ParameterizedTest
    @MethodSource("installations")
    void mounts_areWholeVolumesOfThePod(Path values) {
        assertThat(chart.render(values).all(Deployment.class)).allSatisfy(deployment -> {
            PodSpec pod = deployment.getSpec().getTemplate().getSpec();
            List<VolumeMount> mounts = pod.getContainers().getFirst().getVolumeMounts();
            assertThat(mounts).allMatch(mount -> mount.getSubPath() == null);
            assertThat(mounts)
                    .extracting(VolumeMount::getName)
                    .containsExactlyInAnyOrderElementsOf(
                            pod.getVolumes().stream().map(Volume::getName).toList());
            assertThat(mounts).extracting(VolumeMount::getMountPath).contains("/tmp");
        });
    }

    /** A selector cannot be changed, so nothing that a new version or other values change may be in it. */
    @ParameterizedTest
    @MethodSource("installations")
    void selectors_areTheSameInEveryVersion(Path values) {
        Rendering rendering = chart.render(values);

        for (String role : ROLES) {
            Deployment deployment = rendering.role(role);
            assertThat(deployment.getSpec().getSelector().getMatchLabels())
                    .isEqualTo(Map.of(
                            "app.kubernetes.io/name", "streamgauge",
                            "app.kubernetes.io/instance", "gauge",
                            "app.kubernetes.io/component", role));
            assertThat(deployment.getSpec().getTemplate().getMetadata().getLabels())
                    .containsAllEntriesOf(deployment.getSpec().getSelector().getMatchLabels());
        }
        assertThat(rendering.all(Service.class))
                .allSatisfy(service -> assertThat(service.getSpec().getSelector())
                        .containsOnlyKeys(
                                "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"));
        assertThat(rendering.all(PodDisruptionBudget.class))
                .allSatisfy(budget -> assertThat(budget.getSpec().getSelector().getMatchLabels())
                        .containsKey("app.kubernetes.io/component"));
    }

    @Test
    void replicas_areLeftToTheAutoscaler_whereThereIsOne() {
        for (Path values : installations()) {
            Rendering rendering = chart.render(values);
            Set<String> scaled = Stream.concat(
                            rendering.all(HorizontalPodAutoscaler.class).stream()
                                    .map(autoscaler -> autoscaler
                                            .getSpec()
                                            .getScaleTargetRef()
                                            .getName()),
                            rendering.all(ScaledObject.class).stream()
                                    .map(object ->
                                            object.spec().scaleTargetRef().name()))
                    .collect(Collectors.toSet());

            assertThat(rendering.names(Deployment.class)).containsAll(scaled);
            assertThat(rendering.all(Deployment.class))
                    .allSatisfy(deployment -> assertThat(deployment.getSpec().getReplicas() == null)
                            .as(values + " " + deployment.getMetadata().getName())
                            .isEqualTo(scaled.contains(deployment.getMetadata().getName())));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            redis.host=x                            | additional properties 'host' not allowed
            redis.hosts=redis://user@host           | does not match pattern
            redis.hosts=                            | redis.hosts: the address of Redis is missing
            settings.partition=3                    | additional properties 'partition' not allowed
            settings.partitions=65                  | want 64
            settings.durability=safe                | value must be one of 'standard', 'fast', 'replicated'
            limits.ingestion_rate=3                 | additional properties 'ingestion_rate' not allowed
            overrides.acme.ingestion-rate=3         | additional properties 'ingestion-rate' not allowed
            overrides.a/b.ingestion_rate=3          | does not match pattern
            ingest.settings.reclaim-idle=3s         | additional properties 'reclaim-idle' not allowed
            query.service.port=http                 | want integer
            query.replicas=3                        | additional properties 'replicas' not allowed
            auth.mode=none                          | value must be one of 'open', 'api-key'
            trialRedis.enabled=true                 | trialRedis.password: is missing
            redis.tls.existingSecret=authority      | redis.hosts: rediss:// expected
            prometheusRule.thresholds.RedisDown=1   | additional properties 'RedisDown' not allowed
            prometheusRule.thresholds.RedisMemoryFull=high | does not match pattern
            ingress.enabled=true                    | ingress.hosts: at least one host name expected
            route.enabled=true                      | route.parentRefs: at least one Gateway expected
            tenantScrape.enabled=true               | tenantScrape: a key is missing
            ingest.autoscaling.minReplicas=11,ingest.autoscaling.enabled=true | ingest.autoscaling.minReplicas: is greater
            aggregator.kedaAutoscaling.enabled=true | aggregator.kedaAutoscaling.prometheusAddress: is missing
            aggregator.kedaAutoscaling.enabled=true,aggregator.autoscaling.enabled=true | exclude each other
            aggregator.kedaAutoscaling.enabled=true,aggregator.kedaAutoscaling.prometheusAddress=http://p,aggregator.kedaAutoscaling.minReplicaCount=11 | is greater than maxReplicaCount
            aggregator.kedaAutoscaling.authenticationRef.name=prometheus | authModes: is missing
            tenantsExistingSecret=a,tenants.acme.keys[0].id=0123456789abcdef | hash
            fullnameOverride=My.Gauge               | fullnameOverride: My.Gauge would be no name for a Service
            nameOverride=my gauge                   | does not match pattern
            commonLabels.app\\.kubernetes\\.io/name=x | invalid propertyName 'app.kubernetes.io/name'
            query.podLabels.app\\.kubernetes\\.io/component=x | invalid propertyName 'app.kubernetes.io/component'
            query.extraEnv[0].name=QUARKUS_REDIS_HOSTS,query.extraEnv[0].value=x | query.extraEnv: QUARKUS_REDIS_HOSTS
            """)
    void render_failsWithAReason_whenAValueIsWrong(String settings, String reason) {
        assertThatThrownBy(() -> chart.render(Chart.values(), settings.split(",", -1)))
                .hasMessageContaining(reason);
    }

    /** A pod of a StatefulSet has a label with the set's name and 11 characters more, and a label has 63 at most. */
    @Test
    void names_fit_whenTheReleaseHasALongOne() {
        Rendering rendering = chart.render(TRIAL, "fullnameOverride=" + "a".repeat(48));
        String redis = rendering.names(StatefulSet.class).getFirst();

        assertThat(redis).hasSizeLessThanOrEqualTo(52);
        assertThat(rendering.names(Service.class))
                .contains(redis)
                .allMatch(name -> name.length() <= 63)
                .doesNotHaveDuplicates();
        assertThat(variables(rendering, "ingest")).containsEntry("QUARKUS_REDIS_HOSTS", "redis://" + redis + ":6379");
    }

    /** An unknown backlog must not count as zero, and a tenant's metric must not count as ours. */
    @Test
    void keda_asksForOurBacklogAlone_andScalesOnNothingElse() {
        ScaledObject.Query query = chart.render(
                        PRODUCTION,
                        "aggregator.kedaAutoscaling.authenticationRef.name=prometheus",
                        "aggregator.kedaAutoscaling.authModes=bearer")
                .all(ScaledObject.class)
                .getFirst()
                .spec()
                .triggers()
                .getFirst()
                .metadata();

        assertThat(query.query())
                .isEqualTo("max(max_over_time(streamgauge_backlog_entries{namespace=\"metrics\",tenant=\"\"}[2m]))");
        assertThat(query.ignoreNullValues()).isEqualTo("false");
        assertThat(query.authModes()).isEqualTo("bearer");
    }

    /** Null is how Helm takes a default away. */
    @Test
    void defaults_canBeTakenAway() {
        Rendering rendering = chart.render(
                PRODUCTION,
                "ingest.lifecycle=null",
                "ingest.podDisruptionBudget=null",
                "podSecurityContext.runAsUser=null",
                "imagePullSecrets=null",
                "global.imagePullSecrets=null",
                "prometheusRule.disabled=null",
                "settings=null");

        assertThat(container(rendering.role("ingest")).getLifecycle()).isNull();
        assertThat(rendering.names(PodDisruptionBudget.class)).doesNotContain("gauge-streamgauge-ingest");
    }

    @Test
    void redis_mayBeNamedByAnAddressOfIpv6() {
        Rendering rendering =
                chart.render(GATEWAY, "redis.hosts=redis://[fd00::1]:6390", "redis.users.query.name=reader");

        assertThat(variables(rendering, "ingest")).containsEntry("QUARKUS_REDIS_HOSTS", "redis://[fd00::1]:6390");
        assertThat(variables(rendering, "query")).containsEntry("QUARKUS_REDIS_HOSTS", "redis://reader@[fd00::1]:6390");
        assertThat(rendering.all(NetworkPolicy.class))
                .allSatisfy(policy -> assertThat(policy.getSpec().getEgress().stream()
                                .flatMap(rule -> rule.getPorts().stream())
                                .map(port -> port.getPort().getIntVal()))
                        .contains(6390));
    }

    /** YAML takes a bare off for a boolean. */
    @Test
    void onAndOff_needNoQuotes(@TempDir Path folder) throws IOException {
        Path values = Files.writeString(folder.resolve("values.yaml"), "settings: {durability-check: off}");

        assertThat(variables(chart.render(values), "query")).containsEntry("STREAMGAUGE_DURABILITY_CHECK", "off");
    }

    /** Other tests check the page against the code. */
    @ParameterizedTest
    @MethodSource("installations")
    void environment_hasOnlyVariablesThatTheCodeKnows(Path values) {
        Set<String> known = new TreeSet<>(Set.of("JDK_JAVA_OPTIONS"));
        Page page = Page.read("src/docs/reference/configuration.md");
        page.table("setting").forEach(row -> known.add(row.code(1)));
        page.table("Quarkus setting")
                .forEach(row -> known.add(row.code(0)
                        .replace("<name>", "redis")
                        .toUpperCase(Locale.ROOT)
                        .replaceAll("[^A-Z0-9]", "_")));
        Rendering rendering = chart.render(values);

        for (String role : ROLES) {
            List<EnvVar> variables = container(rendering.role(role)).getEnv();
            assertThat(variables).extracting(EnvVar::getName).isSubsetOf(known).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @MethodSource("installations")
    void ports_areTheOnesThatTheCodeListensOn(Path values) {
        Page page = Page.read("src/docs/reference/configuration.md");
        int port = page.table("Quarkus setting").stream()
                .filter(row -> row.code(0).equals("quarkus.http.port"))
                .map(row -> Integer.valueOf(row.code(1)))
                .findFirst()
                .orElseThrow();
        List<String> paths = Page.read("src/docs/reference/http-api.md").table("request").stream()
                .map(row -> row.code(0))
                .toList();
        Rendering rendering = chart.render(values);

        for (String role : ROLES) {
            Container container = container(rendering.role(role));
            assertThat(container.getPorts())
                    .extracting(ContainerPort::getName, ContainerPort::getContainerPort)
                    .containsExactly(tuple("http", port));
            assertThat(Stream.of(
                            container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe()))
                    .allSatisfy(probe -> {
                        assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("http");
                        assertThat(paths).contains("GET " + probe.getHttpGet().getPath());
                    });
        }
    }

    /**
     * Every request that the page lists for a role gets there, and what is for operators gets nowhere. Paths by which
     * administrators read a tenant are inside of the cluster only: no prefix tells them from the admin API's.
     */
    @Test
    void paths_leadToTheRoleThatServesThem() {
        Map<String, String> ingress = new TreeMap<>();
        chart.render(PRODUCTION, "ingress.admin=true")
                .all(Ingress.class)
                .getFirst()
                .getSpec()
                .getRules()
                .getFirst()
                .getHttp()
                .getPaths()
                .forEach(path -> ingress.put(
                        path.getPath(), path.getBackend().getService().getName()));
        Map<String, String> route = new TreeMap<>();
        chart.render(GATEWAY)
                .all(HTTPRoute.class)
                .getFirst()
                .getSpec()
                .getRules()
                .forEach(rule -> rule.getMatches()
                        .forEach(match -> route.put(
                                match.getPath().getValue(),
                                rule.getBackendRefs().getFirst().getName())));
        List<Page.Row> requests = Page.read("src/docs/reference/http-api.md").table("request");

        assertSoftly(softly -> requests.forEach(row -> {
            String path = row.code(0).substring(row.code(0).indexOf(' ') + 1);
            String role = row.cell(1).replaceFirst("-api$", "");
            if (path.startsWith("/api/v1/admin/") && !role.equals("aggregator")) {
                return;
            }
            if (ROLES.contains(role)) {
                softly.assertThat(target(ingress, path)).as(path).contains("gauge-streamgauge-" + role);
                softly.assertThat(target(route, path)).as(path).contains("gauge-" + role);
            } else if (!path.equals("/api/v1/user_limits")) {
                softly.assertThat(target(ingress, path)).as(path).isEmpty();
            }
        }));
        assertThat(ingress).containsOnlyKeys(route.keySet());
    }

    @Test
    void adminApi_isNotShown_unlessAskedFor() {
        assertThat(chart.render(PRODUCTION).documents().toString()).doesNotContain("/api/v1/admin\"");
        assertThat(chart.render(GATEWAY, "route.admin=false").documents().toString())
                .doesNotContain("/api/v1/admin\"");
    }

    /** A secret in a value would be in the release's record, in every listing of Deployments, and in the repository. */
    @Test
    void environment_hasNoSecretInClear() {
        for (Path values : installations()) {
            for (String role : ROLES) {
                assertThat(container(chart.render(values).role(role)).getEnv())
                        .filteredOn(variable -> variable.getName().matches(".*(PASSWORD|KEY)$"))
                        .allMatch(variable -> variable.getValue() == null
                                && variable.getValueFrom().getSecretKeyRef() != null);
            }
        }
    }

    @Test
    void adminKey_isNotGivenToIngest() {
        Rendering rendering = chart.render(PRODUCTION);

        assertThat(variables(rendering, "aggregator")).containsKey("STREAMGAUGE_AUTH_ADMIN_KEY");
        assertThat(variables(rendering, "query")).containsKey("STREAMGAUGE_AUTH_ADMIN_KEY");
        assertThat(variables(rendering, "ingest")).doesNotContainKey("STREAMGAUGE_AUTH_ADMIN_KEY");
    }

    @Test
    void environment_saysWhatTheValuesSay() {
        Rendering production = chart.render(PRODUCTION);

        assertThat(variables(production, "ingest"))
                .containsEntry("QUARKUS_REDIS_HOSTS", "rediss://streamgauge-ingest@redis.example.com:6380")
                .containsEntry("QUARKUS_TLS_REDIS_TRUST_STORE_PEM_CERTS", "/etc/streamgauge/redis-tls/ca.crt")
                .containsEntry("STREAMGAUGE_MAX_PARTITION_BACKLOG_ENTRIES", "2000000")
                .containsEntry("STREAMGAUGE_LIMITS_INGESTION_RATE", "5000")
                .containsEntry("STREAMGAUGE_INGEST_MAX_QUEUED_BYTES", "134217728")
                .containsEntry("STREAMGAUGE_TENANTS_FILE", "/etc/streamgauge/tenants/tenants.yaml")
                .containsEntry("QUARKUS_LOG_CONSOLE_JSON_ENABLED", "true");
        assertThat(variables(production, "aggregator"))
                .containsEntry("STREAMGAUGE_RECLAIM_IDLE", "20s")
                .containsEntry("JDK_JAVA_OPTIONS", "-XX:+UseSerialGC");
        assertThat(variables(production, "query")).containsEntry("STREAMGAUGE_QUERY_MAX_CONCURRENT_SCRAPES", "32");
        assertThat(variables(chart.render(GATEWAY), "query"))
                .containsEntry("QUARKUS_REDIS_HOSTS", "redis://valkey.data.svc.cluster.local");
        assertThat(variables(chart.render(TRIAL), "query"))
                .containsEntry("QUARKUS_REDIS_HOSTS", "redis://gauge-streamgauge-trial-redis:6379")
                .containsEntry("STREAMGAUGE_AUTH_MODE", "open");
    }

    @Test
    void notes_sayHowToPushAndScrape_andWarn() {
        assertThat(notes(TRIAL))
                .contains("svc/gauge-streamgauge-ingest 8081:8080", "svc/gauge-streamgauge-query 8083:8080")
                .contains("WARNING: trialRedis.enabled", "WARNING: auth.mode is open", "helm test gauge -n metrics")
                .doesNotContain("$KEY");
        assertThat(notes(PRODUCTION)).contains("Bearer $KEY").doesNotContain("WARNING");
        assertThat(notes(GATEWAY)).contains("svc/gauge-ingest 8081:80").doesNotContain("WARNING");
        assertThat(notes(GATEWAY, "aggregator.resources.requests.cpu=null"))
                .contains("WARNING: aggregator.autoscaling needs");
        assertThat(notes(Chart.values())).contains("WARNING: there is no key", "There is no \"helm test\"");
    }

    private static String notes(Path values, String... settings) {
        String[] all = Stream.concat(Stream.of("global.notes=true"), Stream.of(settings))
                .toArray(String[]::new);
        return chart.render(values, all).all(ConfigMap.class).stream()
                .filter(map -> map.getMetadata().getName().equals("notes"))
                .map(map -> map.getData().get("text"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void images_areNamedByTheRole() {
        assertThat(container(chart.render(PRODUCTION).role("ingest")).getImage())
                .isEqualTo("registry.example.com/metrics/streamgauge-ingest-api:0.1.0");
        assertThat(container(chart.render(PRODUCTION, "image.tag=1.2.3").role("aggregator"))
                        .getImage())
                .isEqualTo("registry.example.com/metrics/streamgauge-aggregator:1.2.3");
        assertThat(container(chart.render(GATEWAY).role("ingest")).getImage())
                .isEqualTo("mirror/ingest@sha256:" + "0".repeat(64));
        assertThat(container(chart.render(GATEWAY, "global.imageRegistry=mirror.example.com")
                                .role("query"))
                        .getImage())
                .isEqualTo("mirror.example.com/streamgauge-query-api:0.1.0");
    }

    @Test
    void pods_areRolled_whenTenantsOrLimitsChange() {
        Map<String, String> before = podAnnotations(chart.render(PRODUCTION));

        assertThat(before).containsKeys("checksum/tenants", "checksum/limits");
        assertThat(podAnnotations(chart.render(PRODUCTION, "overrides.globex.ingestion_rate=7")))
                .containsEntry("checksum/tenants", before.get("checksum/tenants"))
                .doesNotContainEntry("checksum/limits", before.get("checksum/limits"));
        assertThat(podAnnotations(chart.render(PRODUCTION, "tenants.acme.limits.ingestion_rate=7")))
                .doesNotContainEntry("checksum/tenants", before.get("checksum/tenants"));
        assertThat(podAnnotations(chart.render(GATEWAY))).doesNotContainKey("checksum/tenants");
    }

    @Test
    void dashboards_areThoseOfTheSource() throws IOException {
        Map<String, String> dashboards = chart.render(PRODUCTION).all(ConfigMap.class).stream()
                .filter(map -> map.getMetadata().getName().endsWith("-dashboards"))
                .findFirst()
                .orElseThrow()
                .getData();

        assertThat(dashboards).isNotEmpty();
        List<String> names = new ArrayList<>();
        for (Path file : dashboardFiles()) {
            names.add(file.getFileName().toString());
            assertThat(Rendering.parse(dashboards.get(file.getFileName().toString())))
                    .as(file.toString())
                    .isEqualTo(Rendering.parse(Files.readString(file)));
        }
        assertThat(dashboards).containsOnlyKeys(names);
        // Kubernetes takes no ConfigMap of more than 1 MiB.
        assertThat(dashboards.values().stream().mapToInt(String::length).sum()).isLessThan(1_000_000);
    }

    private static List<Path> dashboardFiles() throws IOException {
        try (Stream<Path> files = Files.list(Page.ROOT.resolve("deploy/grafana"))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    /** The appVersion is the version that is built here. */
    @Test
    void chart_hasTheVersionOfTheProject() throws IOException {
        JsonNode chart = Rendering.parse(Files.readString(Chart.FOLDER.resolve("Chart.yaml")));
        String pom = Files.readString(Page.ROOT.resolve("pom.xml"));

        assertThat(pom).contains("<version>" + chart.path("appVersion").asText() + "-SNAPSHOT</version>");
    }

    @Test
    void readme_listsEveryValueWithItsDefault() throws IOException {
        JsonNode values = Rendering.parse(Files.readString(Chart.values()));
        Map<String, String> documented = new TreeMap<>();
        Page.read("deploy/helm/streamgauge/README.md").table("value").forEach(row -> {
            for (String role : row.code(0).startsWith("<role>.") ? ROLES : List.of("")) {
                documented.put(row.code(0).replace("<role>", role), row.code(1));
            }
        });

        assertThat(documented)
                .isNotEmpty()
                .allSatisfy((path, standard) -> assertThat(values.at("/" + path.replace('.', '/')))
                        .as(path)
                        .isEqualTo(Rendering.parse(standard)));
        assertThat(leaves("", values))
                .allSatisfy(leaf -> assertThat(documented.keySet())
                        .as(leaf)
                        .anyMatch(path -> leaf.equals(path) || leaf.startsWith(path + ".")));
    }

    /** The schema rejects what it does not list, so it has to list every value, and nothing else. */
    @Test
    void schema_listsEveryValueAndNoOther() throws IOException {
        JsonNode values = Rendering.parse(Files.readString(Chart.values()));
        JsonNode schema = Rendering.parse(Files.readString(Chart.FOLDER.resolve("values.schema.json")));

        assertThat(schema.path("$schema").asText()).isEqualTo("http://json-schema.org/draft-07/schema#");
        assertSchema("", schema, values);
    }

    @Test
    void schema_listsEverySettingOfTheCode() throws IOException {
        JsonNode properties = Rendering.parse(Files.readString(Chart.FOLDER.resolve("values.schema.json")))
                .path("properties");
        List<String> listed = new ArrayList<>(SET_BY_THE_CHART);
        names(properties.at("/settings")).forEach(name -> listed.add("streamgauge." + name));
        names(properties.at("/limits")).forEach(name -> listed.add("streamgauge.limits." + name));
        names(properties.at("/aggregator/properties/settings")).forEach(name -> listed.add("streamgauge." + name));
        names(properties.at("/ingest/properties/settings")).forEach(name -> listed.add("streamgauge.ingest." + name));
        names(properties.at("/query/properties/settings")).forEach(name -> listed.add("streamgauge.query." + name));

        List<String> known = Page.read("src/docs/reference/configuration.md").table("setting").stream()
                .map(row -> row.code(0))
                .filter(name -> !name.startsWith("streamgauge.embedded-redis.") && !name.equals("streamgauge.data-dir"))
                .toList();
        assertThat(listed).containsExactlyInAnyOrderElementsOf(known);
    }

    /** Helm reads whole numbers as floats, which it could write as 1e+06. */
    @Test
    void largeNumbers_stayWhole(@TempDir Path folder) throws IOException {
        Path values = Files.writeString(folder.resolve("values.yaml"), """
                limits: {max-decompressed-bytes: 20000000}
                overrides: {acme: {ingestion_rate: 1000000}}
                tenants: {acme: {limits: {max_global_series_per_user: 3000000}}}
                """);

        Rendering rendering = chart.render(values);

        assertThat(rendering.documents().toString())
                .contains("ingestion_rate: 1000000", "max_global_series_per_user: 3000000");
        assertThat(variables(rendering, "ingest"))
                .containsEntry("STREAMGAUGE_LIMITS_MAX_DECOMPRESSED_BYTES", "20000000");
    }

    private static void assertSchema(String path, JsonNode schema, JsonNode values) {
        if (!schema.path("properties").isObject() || values.isEmpty()) {
            return; // what stands below is Kubernetes' own, or a map of settings
        }
        if (!path.equals("/global")) {
            assertThat(schema.path("additionalProperties").booleanValue())
                    .as(path)
                    .isFalse();
            assertThat(schema.has("additionalProperties")).as(path).isTrue();
        }
        assertThat(names(schema)).as(path).containsExactlyInAnyOrderElementsOf(keys(values));
        keys(values)
                .forEach(key ->
                        assertSchema(path + "/" + key, schema.path("properties").path(key), values.path(key)));
    }

    private static List<String> names(JsonNode schema) {
        return keys(schema.path("properties"));
    }

    private static List<String> keys(JsonNode object) {
        return object.propertyStream().map(Map.Entry::getKey).toList();
    }

    private static Stream<String> leaves(String path, JsonNode node) {
        if (!node.isObject() || node.isEmpty()) {
            return Stream.of(path);
        }
        return node.propertyStream()
                .flatMap(entry ->
                        leaves(path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(), entry.getValue()));
    }

    /** The Service of the longest prefix, element by element. */
    private static Optional<String> target(Map<String, String> routes, String path) {
        return routes.entrySet().stream()
                .filter(route -> path.equals(route.getKey()) || path.startsWith(route.getKey() + "/"))
                .max(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue);
    }

    private static Container container(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec().getContainers().getFirst();
    }

    private static Map<String, String> variables(Rendering rendering, String role) {
        return container(rendering.role(role)).getEnv().stream()
                .collect(Collectors.toMap(
                        EnvVar::getName, variable -> Objects.requireNonNullElse(variable.getValue(), "")));
    }

    private static Map<String, String> podAnnotations(Rendering rendering) {
        return rendering.role("ingest").getSpec().getTemplate().getMetadata().getAnnotations();
    }
}
