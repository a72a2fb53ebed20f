package dev.streamgauge.benchmarks.systems;

import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;

/** Samples in our JSON. */
final class Json {

    private Json() {}

    /** The request with which ours is pushed to. */
    static byte[] request(Workload workload, Push push) {
        return HttpRequests.post(
                "/api/v1/metrics",
                "Content-Type: application/json\r\nX-Scope-OrgID: " + push.tenant() + "\r\n",
                body(workload, push),
                workload.isGzip());
    }

    /** A body with all samples of a push, as a sender writes it that does not know what its samples have in common. */
    static byte[] body(Workload workload, Push push) {
        StringJoiner body = new StringJoiner(",", "{\"metrics\":[", "]}");
        push.samples().forEach(sample -> body.add(sample(workload, push, sample)));
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** One sample. */
    static String sample(Workload workload, Push push, Push.Sample sample) {
        StringBuilder json = new StringBuilder("{\"name\":\"")
                .append(sample.name())
                .append("\",\"type\":\"")
                .append(workload.kind().json())
                .append("\",\"value\":")
                .append(sample.valueText());
        if (workload.kind() == Kind.HISTOGRAM) {
            json.append(",\"buckets\":")
                    .append(Workload.BOUNDS
                            .toString()
                            .replace(" ", "")
                            .replace(".0,", ",")
                            .replace(".0]", "]"));
        }
        return json.append(",\"labels\":{\"job\":\"")
                .append(push.group())
                .append("\",\"method\":\"")
                .append(sample.method())
                .append("\",\"path\":\"")
                .append(sample.path())
                .append("\"}}")
                .toString();
    }
}
