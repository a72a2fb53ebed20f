package dev.streamgauge.standalone.deploy;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RunningJar;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The three roles as processes of this machine, with the environment and the files that the rendered chart gives their
 * containers. Two things are other than in a cluster: each has a port of its own, and what is mounted below
 * {@code /etc/streamgauge} lies in a folder.
 */
final class RenderedPlatform implements AutoCloseable {

    private static final String MOUNTED = "/etc/streamgauge";
    private static final Map<String, String> MODULES =
            Map.of("ingest", "ingest-api", "aggregator", "aggregator", "query", "query-api");
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);

    private final Map<String, Jars.Started> roles = new LinkedHashMap<>();

    private RenderedPlatform() {}

    /**
     * Starts the roles and waits until their readiness probes would succeed.
     *
     * @param secrets what the Secrets hold that the values name, by {@code <secret>/<key>}
     */
    static RenderedPlatform start(Rendering rendering, Map<String, String> secrets, Path folder) throws IOException {
        RenderedPlatform platform = new RenderedPlatform();
        try {
            for (String role : List.of("ingest", "aggregator", "query")) {
                PodSpec pod = rendering.role(role).getSpec().getTemplate().getSpec();
                Path files = Files.createDirectories(folder.resolve(role));
                mount(pod, rendering, files);
                platform.roles.put(role, start(role, pod.getContainers().getFirst(), secrets, files));
            }
            for (Map.Entry<String, Jars.Started> role : platform.roles.entrySet()) {
                Container container = rendering
                        .role(role.getKey())
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst();
                Jars.Started started = role.getValue();
                started.process()
                        .awaitAnswer(
                                started.at(container
                                        .getReadinessProbe()
                                        .getHttpGet()
                                        .getPath()),
                                START_DEADLINE);
            }
            return platform;
        } catch (IOException | RuntimeException e) {
            platform.close();
            throw e;
        }
    }

    /** The address of a role. */
    URI at(String role, String path) {
        return roles.get(role).at(path);
    }

    /** What a role has logged. */
    String output(String role) {
        return roles.get(role).process().output();
    }

    /** What a container's variable holds, with the Secrets' contents. */
    static Optional<String> value(EnvVar variable, Map<String, String> secrets) {
        if (variable.getValueFrom() == null) {
            return Optional.ofNullable(variable.getValue());
        }
        SecretKeySelector selector = variable.getValueFrom().getSecretKeyRef();
        return Optional.ofNullable(secrets.get(selector.getName() + "/" + selector.getKey()));
    }

    private static Jars.Started start(String role, Container container, Map<String, String> secrets, Path files) {
        int port = FreePort.find();
        RunningJar.Builder builder = RunningJar.builder(Jars.jar(MODULES.get(role)))
                .jvmArgument("-Xmx256m")
                .startingFast()
                .environment("QUARKUS_HTTP_PORT", Integer.toString(port));
        for (EnvVar variable : container.getEnv()) {
            String value = value(variable, secrets)
                    .orElseThrow(() -> new IllegalStateException("no Secret for " + variable.getName()));
            builder.environment(variable.getName(), value.replace(MOUNTED, files.toString()));
        }
        return new Jars.Started(builder.start(), URI.create("http://127.0.0.1:" + port));
    }

    private static void mount(PodSpec pod, Rendering rendering, Path files) throws IOException {
        for (VolumeMount mount : pod.getContainers().getFirst().getVolumeMounts()) {
            Volume volume = pod.getVolumes().stream()
                    .filter(candidate -> candidate.getName().equals(mount.getName()))
                    .findFirst()
                    .orElseThrow();
            if (volume.getConfigMap() != null) {
                Path target =
                        Files.createDirectories(Path.of(mount.getMountPath().replace(MOUNTED, files.toString())));
                ConfigMap map = rendering.all(ConfigMap.class).stream()
                        .filter(candidate -> candidate
                                .getMetadata()
                                .getName()
                                .equals(volume.getConfigMap().getName()))
                        .findFirst()
                        .orElseThrow();
                for (Map.Entry<String, String> file : map.getData().entrySet()) {
                    Files.writeString(target.resolve(file.getKey()), file.getValue());
                }
            }
        }
    }

    @Override
    public void close() {
        List<Jars.Started> all = new ArrayList<>(roles.values());
        all.reversed().forEach(Jars.Started::close);
    }
}
