package dev.streamgauge.benchmarks.isolation;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The requests of a load, one after the other; each load is for several threads. */
final class Requests {

    private Requests() {}

    /** The same push of known counters again and again. */
    static Supplier<byte[]> counters(String tenant, int samples) {
        byte[] push = push(tenant, array(samples, i -> """
                {"name":"requests_total","type":"counter","value":1,"labels":{"method":"GET","status":"200",\
                "path":"/items/%s"}}""".formatted(i)));
        return () -> push;
    }

    /** The same push of known counters whose labels are long. */
    static Supplier<byte[]> longLabels(String tenant, int samples, int bytesOfEach) {
        String value = "x".repeat(bytesOfEach);
        byte[] push = push(tenant, array(samples, i -> """
                {"name":"long_total","type":"counter","value":1,"labels":{"item":"%s","text":"%s"}}""".formatted(i, value)));
        return () -> push;
    }

    /** The same push of histograms, each with many values. */
    static Supplier<byte[]> values(String tenant, int samples, int valuesOfEach) {
        String values = IntStream.range(0, valuesOfEach)
                .mapToObj(i -> Double.toString((i % 100) / 10.0))
                .collect(Collectors.joining(","));
        byte[] push = push(tenant, array(samples, i -> """
                {"name":"duration_seconds","type":"histogram","values":[%s],"labels":{"item":"%s"}}""".formatted(values, i)));
        return () -> push;
    }

    /** Pushes of series that are new each time. */
    static Supplier<byte[]> newSeries(String tenant, int samples) {
        AtomicLong next = new AtomicLong();
        return () -> {
            long push = next.incrementAndGet();
            return push(tenant, array(samples, i -> """
                    {"name":"new_total","type":"counter","value":1,"labels":{"id":"%s-%s"}}""".formatted(push, i)));
        };
    }

    /** The same scrape again and again. */
    static Supplier<byte[]> scrapes(String tenant) {
        byte[] scrape = """
                GET /metrics HTTP/1.1\r
                Host: localhost\r
                X-Scope-OrgID: %s\r
                \r
                """.formatted(tenant).getBytes(StandardCharsets.US_ASCII);
        return () -> scrape;
    }

    private static String array(int samples, IntFunction<String> sample) {
        return IntStream.range(0, samples).mapToObj(sample).collect(Collectors.joining(",", "[", "]"));
    }

    private static byte[] push(String tenant, String body) {
        String head = """
                POST /api/v1/metrics HTTP/1.1\r
                Host: localhost\r
                Content-Type: application/json\r
                X-Scope-OrgID: %s\r
                Content-Length: %s\r
                \r
                """.formatted(tenant, body.length());
        return (head + body).getBytes(StandardCharsets.US_ASCII);
    }
}
