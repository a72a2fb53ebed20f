package dev.streamgauge.standalone.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.docs.Page;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods are safe for their node and for one another without any value set. */
class PodDefaultsTest {

    private static final List<String> ROLES = List.of("ingest", "aggregator", "query");
    private static final Path TRIAL = Chart.FOLDER.resolve("ci/trial-values.yaml");
    private static final BigDecimal MEBIBYTE = BigDecimal.valueOf(1 << 20);

    /**
     * What a JVM of a role needs beside its heap: classes, compiled code, threads and buffers. Measured under load with
     * a nearly full heap: 97 MiB for ingest, 119 for the aggregator, 112 for query.
     */
    private static final BigDecimal BESIDE_THE_HEAP = MEBIBYTE.multiply(BigDecimal.valueOf(150));

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

    /** A throttled process answers late, so there is no limit of CPU. */
    @ParameterizedTest
    @MethodSource("installations")
    void containers_requestWhatTheyNeed_andMayNotTakeTheMemoryOfOthers(Path values) {
        assertThat(chart.render(values).containers()).isNotEmpty().allSatisfy(container -> {
            ResourceRequirements resources = container.getResources();
            assertThat(resources.getRequests()).containsOnlyKeys("cpu", "memory", "ephemeral-storage");
            assertThat(resources.getLimits()).containsOnlyKeys("memory");
            assertThat(resources.getRequests()).containsAllEntriesOf(resources.getLimits());
        });
    }

    @Test
    void resources_areThoseOfTheSizingTable() {
        Rendering rendering = chart.render(Chart.values());
        List<Page.Row> rows = Page.read("deploy/helm/streamgauge/README.md").table("role").stream()
                .filter(row -> ROLES.contains(row.cell(0)))
                .toList();

        assertThat(rows).extracting(row -> row.cell(0)).containsExactlyElementsOf(ROLES);
        assertThat(rows).allSatisfy(row -> {
            assertThat(rendering.role(row.cell(0)).getSpec().getReplicas())
                    .asString()
                    .isEqualTo(row.cell(1));
            ResourceRequirements resources = container(rendering, row.cell(0)).getResources();
            assertThat(resources.getRequests())
                    .containsEntry("cpu", new Quantity(row.cell(2)))
                    .containsEntry("memory", new Quantity(row.cell(3)));
        });
    }

    /** The images give the heap a share of the memory limit. */
    @Test
    void memory_hasRoomBesideTheHeap() throws IOException {
        Matcher share = Pattern.compile("-XX:MaxRAMPercentage=(\\d+)\"")
                .matcher(Files.readString(Page.ROOT.resolve("deploy/docker/Dockerfile")));
        assertThat(share.find()).isTrue();
        BigDecimal beside = BigDecimal.ONE.subtract(new BigDecimal(share.group(1)).movePointLeft(2));
        Rendering rendering = chart.render(Chart.values());

        assertThat(ROLES)
                .allSatisfy(
                        role -> assertThat(memory(container(rendering, role)).multiply(beside))
                                .isGreaterThanOrEqualTo(BESIDE_THE_HEAP));
    }

    @Test
    void replicas_preferDifferentNodesAndZones() {
        Rendering rendering = chart.render(Chart.values());

        for (String role : ROLES) {
            PodSpec pod = pod(rendering, role);
            assertThat(pod.getTopologySpreadConstraints())
                    .extracting(TopologySpreadConstraint::getTopologyKey)
                    .containsExactly("kubernetes.io/hostname", "topology.kubernetes.io/zone");
            assertThat(pod.getTopologySpreadConstraints()).allSatisfy(constraint -> {
                assertThat(constraint.getWhenUnsatisfiable()).isEqualTo("ScheduleAnyway");
                assertThat(constraint.getMaxSkew()).isEqualTo(1);
                assertThat(constraint.getLabelSelector().getMatchLabels())
                        .isEqualTo(rendering.role(role).getSpec().getSelector().getMatchLabels());
            });
        }
    }

    /** Users up to 10,000 may be people or services of the node. */
    @ParameterizedTest
    @MethodSource("installations")
    void users_areNoneOfTheNode(Path values) {
        assertThat(chart.render(values).pods()).isNotEmpty().allSatisfy(pod -> {
            assertThat(pod.getSecurityContext().getRunAsUser()).isGreaterThan(10_000);
            assertThat(pod.getSecurityContext().getRunAsGroup()).isGreaterThan(10_000);
        });
    }

    /** Its name leads to the pod itself, and so it has to be, for a StatefulSet. */
    @Test
    void trialRedis_hasAHeadlessService() {
        Rendering rendering = chart.render(TRIAL);
        StatefulSet redis = rendering.all(StatefulSet.class).getFirst();
        Service service = rendering.all(Service.class).stream()
                .filter(each ->
                        each.getMetadata().getName().equals(redis.getSpec().getServiceName()))
                .findFirst()
                .orElseThrow();

        assertThat(service.getSpec().getClusterIP()).isEqualTo("None");
        assertThat(service.getSpec().getSelector())
                .isEqualTo(redis.getSpec().getSelector().getMatchLabels());
    }

    @ParameterizedTest
    @ValueSource(strings = {"valkey", "redis"})
    void trialRedis_isAskedByTheClientOfItsImage(String program) {
        Rendering rendering = chart.render(TRIAL, "trialRedis.server=" + program + "-server");
        Container redis = rendering
                .all(StatefulSet.class)
                .getFirst()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();

        assertThat(redis.getLivenessProbe().getExec().getCommand()).containsExactly(program + "-cli", "ping");
        assertThat(redis.getReadinessProbe().getExec().getCommand()).containsExactly(program + "-cli", "-e", "ping");
        EnvVar password = redis.getEnv().getFirst();
        assertThat(password.getName()).isEqualTo("REDISCLI_AUTH");
        assertThat(rendering.all(Secret.class).getFirst().getStringData())
                .containsKey(password.getValueFrom().getSecretKeyRef().getKey());
    }

    /** A rewrite of the append-only file may need as much memory again. */
    @Test
    void trialRedis_hasTwiceItsMaxmemory() {
        Rendering rendering = chart.render(TRIAL);
        Matcher maxmemory = Pattern.compile("maxmemory (\\d+)mb")
                .matcher(rendering.all(Secret.class).getFirst().getStringData().get("redis.conf"));

        assertThat(maxmemory.find()).isTrue();
        assertThat(memory(rendering
                        .all(StatefulSet.class)
                        .getFirst()
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()))
                .isEqualByComparingTo(
                        MEBIBYTE.multiply(new BigDecimal(maxmemory.group(1))).multiply(BigDecimal.TWO));
    }

    private static BigDecimal memory(Container container) {
        return Quantity.getAmountInBytes(container.getResources().getLimits().get("memory"));
    }

    private static PodSpec pod(Rendering rendering, String role) {
        return rendering.role(role).getSpec().getTemplate().getSpec();
    }

    private static Container container(Rendering rendering, String role) {
        return pod(rendering, role).getContainers().getFirst();
    }
}
