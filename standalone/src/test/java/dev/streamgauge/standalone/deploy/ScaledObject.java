package dev.streamgauge.standalone.deploy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What we use of KEDA's ScaledObject, as https://keda.sh/docs/2.16/reference/scaledobject-spec/ has it; no library
 * does.
 */
record ScaledObject(String apiVersion, String kind, Metadata metadata, Spec spec) {

    record Metadata(String name, String namespace, Map<String, String> labels) {}

    record Spec(
            Target scaleTargetRef,
            int minReplicaCount,
            int maxReplicaCount,
            int pollingInterval,
            Advanced advanced,
            List<Trigger> triggers) {}

    record Target(String apiVersion, String kind, String name) {}

    record Advanced(AutoscalerConfig horizontalPodAutoscalerConfig) {}

    record AutoscalerConfig(Map<String, Object> behavior) {}

    record Trigger(String type, Query metadata, Map<String, String> authenticationRef) {}

    /** The metadata of a trigger of type prometheus: all are texts. */
    record Query(
            String serverAddress,
            String query,
            String threshold,
            String ignoreNullValues,
            @Nullable String authModes) {}
}
