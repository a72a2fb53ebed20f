package dev.streamgauge.standalone.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.fabric8.openshift.api.model.monitoring.v1alpha1.ScrapeConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The objects that a chart was rendered to.
 *
 * @param documents one for each object
 */
record Rendering(List<JsonNode> documents) {

    private static final YAMLMapper YAML = new YAMLMapper();

    /** The classes of Kubernetes' types, by apiVersion and kind. */
    private static final Map<String, Class<?>> TYPES = Map.ofEntries(
            Map.entry("v1 ConfigMap", ConfigMap.class),
            Map.entry("v1 Pod", Pod.class),
            Map.entry("v1 Secret", Secret.class),
            Map.entry("v1 Service", Service.class),
            Map.entry("v1 ServiceAccount", ServiceAccount.class),
            Map.entry("apps/v1 Deployment", Deployment.class),
            Map.entry("apps/v1 StatefulSet", StatefulSet.class),
            Map.entry("autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
            Map.entry("policy/v1 PodDisruptionBudget", PodDisruptionBudget.class),
            Map.entry("networking.k8s.io/v1 Ingress", Ingress.class),
            Map.entry("networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class),
            Map.entry("gateway.networking.k8s.io/v1 HTTPRoute", HTTPRoute.class),
            Map.entry("monitoring.coreos.com/v1 ServiceMonitor", ServiceMonitor.class),
            Map.entry("monitoring.coreos.com/v1 PrometheusRule", PrometheusRule.class),
            Map.entry("monitoring.coreos.com/v1alpha1 ScrapeConfig", ScrapeConfig.class),
            Map.entry("keda.sh/v1alpha1 ScaledObject", ScaledObject.class));

    /** Without the models' any-setter, which collects unknown properties in a map, an unknown property is an error. */
    private static final ObjectMapper STRICT = new ObjectMapper()
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                    return false;
                }
            });

    static Rendering of(String yaml) {
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(yaml)) {
            return new Rendering(documents.readAll().stream()
                    .filter(document -> document.isObject() && !document.isEmpty())
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(yaml, e);
        }
    }

    static JsonNode parse(String yaml) {
        try {
            return YAML.readTree(yaml);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(yaml, e);
        }
    }

    /** Apiversion and kind of an object. */
    static String typeOf(JsonNode document) {
        return document.path("apiVersion").asText() + " "
                + document.path("kind").asText();
    }

    /**
     * An object as its type.
     *
     * @throws IllegalArgumentException if its type is not known, or has no such property
     */
    static Object typed(JsonNode document) {
        Class<?> type = TYPES.get(typeOf(document));
        if (type == null) {
            throw new IllegalArgumentException("no type for " + typeOf(document));
        }
        return STRICT.convertValue(document, type);
    }

    /** The objects of a type, by their order. */
    <T> List<T> all(Class<T> type) {
        return documents.stream()
                .filter(document -> type.equals(TYPES.get(typeOf(document))))
                .map(document -> type.cast(typed(document)))
                .toList();
    }

    /** The Deployment of a role. */
    Deployment role(String role) {
        return all(Deployment.class).stream()
                .filter(deployment -> deployment.getMetadata().getName().endsWith("-" + role))
                .findFirst()
                .orElseThrow();
    }

    /** All pods that would run, those of tests too. */
    Stream<PodSpec> pods() {
        return Stream.of(
                        all(Deployment.class).stream()
                                .map(deployment ->
                                        deployment.getSpec().getTemplate().getSpec()),
                        all(StatefulSet.class).stream()
                                .map(set -> set.getSpec().getTemplate().getSpec()),
                        all(Pod.class).stream().map(Pod::getSpec))
                .flatMap(pods -> pods);
    }

    /** All their containers. */
    Stream<Container> containers() {
        return pods().flatMap(pod -> Stream.concat(
                pod.getContainers().stream(),
                pod.getInitContainers() == null ? Stream.empty() : pod.getInitContainers().stream()));
    }

    /** The names of objects whose apiVersion and kind are these. */
    List<String> names(Class<? extends HasMetadata> type) {
        return all(type).stream().map(object -> object.getMetadata().getName()).toList();
    }
}
