import dev.streamgauge.client.Metrics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** An AWS Lambda function that does as its event says. */
final class Function {

    private static final Metrics M = new Metrics();

    private Function() {}

    static Map<String, ?> handle(Map<String, Object> event, LongSupplier remainingMillis) throws Exception {
        return event.containsKey("report")
                ? M.dropped()
                : M.around(remainingMillis, M.countingErrors(() -> work(event)));
    }

    /** Gives the client what it cannot take. */
    private static void misuse() throws Exception {
        Map<String, String> noValue = new HashMap<>();
        noValue.put("STREAMGAUGE_URL", null);
        new Metrics(noValue).push();
        M.counter(null, Double.NaN, null);
        M.gauge("depth", 1, Map.of("text", new ArrayList<>(List.of("\ud800"))));
        M.describe(null, null);
        M.push(null);
        M.around(() -> {
            throw new IllegalStateException("no time is known");
        }, () -> null);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> work(Map<String, Object> event) throws Exception {
        if (event.containsKey("misuse")) {
            misuse();
        }
        for (Object each : (List<Object>) event.getOrDefault("samples", List.of())) {
            List<Object> sample = (List<Object>) each;
            String name = (String) sample.get(1);
            double value = Double.parseDouble(sample.get(2).toString());
            Map<String, Object> labels = (Map<String, Object>) sample.get(3);
            switch ((String) sample.get(0)) {
                case "counter" -> M.counter(name, value, labels);
                case "gauge" -> M.gauge(name, value, labels);
                case "histogram" -> M.histogram(name, value, labels);
                default -> M.summary(name, value, labels);
            }
        }
        if (event.containsKey("describe")) {
            Metrics.Description description = new Metrics.Description("a \"quoted\" text", null, List.of(0.5, 2.0), null);
            M.describe((String) event.get("describe"), description);
        }
        List<Object> settled = new ArrayList<>();
        for (Object key : (List<Object>) event.getOrDefault("pushes", List.of())) {
            settled.add(M.push((String) key));
        }
        if (event.containsKey("raise")) {
            throw new IllegalStateException((String) event.get("raise"));
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("echo", event.get("echo"));
        result.put("settled", settled);
        return result;
    }
}
