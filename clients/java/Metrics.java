package dev.streamgauge.client;

import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Sends metrics to Streamgauge from short-lived processes. Copy this file; it needs Java 17 and nothing else.
 *
 * <pre>{@code
 * private static final Metrics M = new Metrics(); // STREAMGAUGE_URL, _KEY, _TENANT, _LABELS, _TIMEOUT
 *
 * public Receipt handleRequest(Order order, Context context) throws Exception {
 *     return M.around(context::getRemainingTimeInMillis, () -> {
 *         M.counter("orders_total", 1, Map.of("region", "eu"));
 *         return checkout(order);
 *     });
 * }
 * }</pre>
 *
 * <p>Threads may share one. A push never throws, and takes at most the timeout. What it does when the server does not
 * answer: clients/README.md.
 */
public final class Metrics {

    private static final int MAX_ANSWER_BYTES = 64 << 10;
    private static final int MAX_KEPT_BYTES = 256 << 10;
    private static final Duration MAX_KEPT = Duration.ofMinutes(9); // the server forgets an Idempotency-Key after 10
    private static final Duration MAX_IDLE = Duration.ofSeconds(30); // of a connection, which balancers forget
    private static final Duration MAX_RETRY_AFTER = Duration.ofMinutes(10);
    private static final Duration LAMBDA_RESERVE = Duration.ofMillis(100);
    private static final Pattern URL = Pattern.compile("(https?://[^/?#\\s]+[^?#\\s]*?)/*(\\?[^#\\s]*)?");
    private static final Pattern KEY = Pattern.compile("[!-~]{1,128}");
    private static final Pattern REJECTED = Pattern.compile("\"rejected\"\\s*:\\s*([1-9]\\d*)");
    private static final Pattern MESSAGE = Pattern.compile("\"(?:message|title)\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** What is known of a metric; null where there is nothing to say. */
    public record Description(String help, String unit, List<Double> buckets, List<Double> quantiles) {}

    /** The content of one push with its key; both stay the same in every attempt. */
    private static final class Body {
        final byte[] content;
        final int samples;
        final String key;
        final Instant since = Instant.now();
        boolean accepted;
        private boolean sent;
        private boolean abandoned;

        Body(String content, int samples, String key) {
            this.content = Samples.utf8(content);
            this.samples = samples;
            this.key = key;
        }

        /** Before it is sent, its samples can go into another body; what is abandoned by then must not leave. */
        synchronized void send() {
            Samples.check(!abandoned, "no time left to send it");
            sent = true;
        }

        /** Returns whether it was sent; if not, it never will be. */
        synchronized boolean abandon() {
            abandoned = !sent;
            return sent;
        }
    }

    /** What prevented a final answer, or null; and for how long the server wants to be left alone. */
    private record Attempt(String problem, Duration retryAfter) {}

    private final Samples samples = new Samples();
    private final URI uri; // null: nothing is sent
    private final Map<String, String> headers = new HashMap<>(Map.of("Content-Type", "application/json"));
    private final Map<String, String> labels;
    private final Duration timeout;

    // Guarded by the lock. Times are those of the wall clock, which alone goes on while an environment is frozen.
    private final ReentrantLock pushing = new ReentrantLock();
    private HttpClient client = newClient();
    private Instant lastUse = Instant.EPOCH;
    private Instant skipUntil = Instant.EPOCH;
    private long backoffSeconds;
    private Body kept;

    /** Takes its settings from the environment. */
    public Metrics() {
        this(System.getenv());
    }

    /** Takes its settings from a map, by the names of the environment. Without a URL, it sends nothing. */
    public Metrics(Map<String, String> settings) {
        timeout = setting(settings, "STREAMGAUGE_TIMEOUT", Metrics::toTimeout, Duration.ofSeconds(1));
        labels = setting(settings, "STREAMGAUGE_LABELS", Metrics::toLabels, Map.of());
        String key = setting(settings, "STREAMGAUGE_KEY", Metrics::toKey, null);
        if (key != null) {
            headers.put("Authorization", "Bearer " + key);
        }
        String tenant = setting(settings, "STREAMGAUGE_TENANT", Metrics::toKey, null);
        if (tenant != null) {
            headers.put("X-Scope-OrgID", tenant);
        }
        uri = setting(settings, "STREAMGAUGE_URL", Metrics::toUri, null);
        if (uri == null) {
            samples.warn("url", "no URL to push to; metrics are not sent");
        }
    }

    /** Adds to a counter. */
    public void counter(String name, double value, Map<String, ?> labels) {
        collect("counter", name, value, labels);
    }

    /** Sets a gauge; the value carries the time of this call. */
    public void gauge(String name, double value, Map<String, ?> labels) {
        collect("gauge", name, value, labels);
    }

    /** Observes a value, to be counted in buckets. */
    public void histogram(String name, double value, Map<String, ?> labels) {
        collect("histogram", name, value, labels);
    }

    /** Observes a value, to be shown as quantiles. */
    public void summary(String name, double value, Map<String, ?> labels) {
        collect("summary", name, value, labels);
    }

    /** Describes a metric. The server takes this from the first sample that it ever sees. */
    public void describe(String name, Description description) {
        samples.describe(name, description);
    }

    /** Returns how many samples were dropped, by reason. */
    public Map<String, Integer> dropped() {
        return samples.dropped();
    }

    /** Sends what was collected, and returns whether the server has taken all of it. */
    public boolean push() {
        return push(null, timeout);
    }

    /** Like {@link #push()}, but counts once for a key: the id of a message that all samples depend on alone. */
    public boolean push(String key) {
        if (key == null || !KEY.matcher(key).matches()) {
            samples.drop("invalid", samples.take(false).size(), "its key must be 1 to 128 visible ASCII characters");
            return false;
        }
        return push(key, timeout);
    }

    /** Runs the work of an AWS Lambda handler, and pushes when it ends, also when it throws. */
    public <R> R around(LongSupplier remainingMillis, Callable<R> work) throws Exception {
        try {
            return work.call();
        } finally {
            push(null, least(timeout, Duration.ofMillis(remainingMillis.getAsLong()).minus(LAMBDA_RESERVE)));
        }
    }

    /** The work for {@link #around}, where what it throws counts as {@code lambda_errors_total{kind="handler"}}. */
    public <R> Callable<R> countingErrors(Callable<R> work) {
        return () -> {
            try {
                return work.call();
            } catch (Exception | Error e) {
                counter("lambda_errors_total", 1, Map.of("kind", "handler"));
                throw e;
            }
        };
    }

    private void collect(String type, String name, double value, Map<String, ?> labels) {
        if (uri != null) {
            samples.collect(type, name, value, labels);
        }
    }

    private boolean push(String key, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        boolean locked = false;
        try {
            locked = uri != null && pushing.tryLock(limit.toNanos(), TimeUnit.NANOSECONDS);
            return locked && pushAll(key, deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            samples.warn("failed", "push failed: " + e);
        } finally {
            if (locked) {
                pushing.unlock();
            }
        }
        return false;
    }

    private boolean pushAll(String key, long deadline) {
        Instant now = Instant.now();
        if (kept != null && !within(kept.since, now, MAX_KEPT)) {
            samples.drop("unsettled", kept.samples, "no answer for 9 minutes");
            kept = null;
        }
        boolean ready = deadline - System.nanoTime() > 0 && !within(now, skipUntil, MAX_RETRY_AFTER);
        if (ready && kept != null) {
            ready = settle(kept, deadline);
            kept = ready ? null : kept;
        }
        if (!ready && key == null) {
            return false; // what was never sent waits
        }
        Map<String, Samples.Sample> taken = samples.take(key == null);
        if (taken.isEmpty()) {
            return ready;
        }
        Body body = new Body(samples.render(taken, labels), taken.size(), key == null ? UUID.randomUUID().toString() : key);
        if (ready && settle(body, deadline)) {
            return body.accepted;
        }
        if (key == null && !body.abandon()) {
            samples.putBack(taken);
        } else if (kept == null && body.content.length <= MAX_KEPT_BYTES) {
            kept = body;
        } else {
            samples.drop("unsettled", body.samples, "no answer, and no room to keep them");
        }
        return false;
    }

    /** Sends until an answer is final. Returns false if there is no time left for that. */
    private boolean settle(Body body, long deadline) {
        try {
            for (long pauseMillis = 100; ; pauseMillis *= 2) {
                Attempt attempt = attempt(body, deadline);
                if (attempt.problem == null) {
                    return true;
                }
                long jittered = ThreadLocalRandom.current().nextLong(pauseMillis / 2, pauseMillis);
                long waitMillis = Math.max(attempt.retryAfter.toMillis(), jittered);
                if (deadline - System.nanoTime() <= TimeUnit.MILLISECONDS.toNanos(waitMillis)) {
                    giveWay(attempt);
                    return false;
                }
                Thread.sleep(waitMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Attempt attempt(Body body, long deadline) throws InterruptedException {
        if (!within(lastUse, Instant.now(), MAX_IDLE)) {
            client = newClient(); // and with it, a new connection
        }
        AtomicReference<HttpResponse<InputStream>> head = new AtomicReference<>();
        FutureTask<String> exchange = new FutureTask<>(() -> {
            head.set(client.send(request(body), BodyHandlers.ofInputStream()));
            try (InputStream content = head.get().body()) {
                return new String(content.readNBytes(MAX_ANSWER_BYTES), StandardCharsets.UTF_8);
            }
        });
        Thread thread = new Thread(exchange, "streamgauge"); // nothing else gives DNS a deadline
        thread.setDaemon(true);
        thread.start();
        String problem = "no answer in time";
        String content = "";
        try {
            content = exchange.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            lastUse = Instant.now();
        } catch (TimeoutException e) {
            client = newClient();
        } catch (ExecutionException e) {
            problem = String.valueOf(e.getCause());
        } finally {
            exchange.cancel(true);
        }
        if (head.get() == null) {
            return new Attempt(problem, Duration.ZERO);
        }
        int status = head.get().statusCode();
        if (status >= 500 || status == 408 || status == 425 || status == 429) {
            return new Attempt("answer " + status, retryAfter(head.get().headers().firstValue("Retry-After").orElse("")));
        }
        backoffSeconds = 0;
        report(body, status, content);
        if (deadline - System.nanoTime() <= 0) {
            giveWay(new Attempt("the answer did not end", Duration.ZERO));
        }
        return new Attempt(null, Duration.ZERO);
    }

    private HttpRequest request(Body body) {
        HttpRequest.BodyPublisher content = BodyPublishers.ofByteArray(body.content);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Idempotency-Key", body.key);
        headers.forEach(request::header);
        request.POST(BodyPublishers.fromPublisher(
                subscriber -> {
                    body.send();
                    content.subscribe(subscriber);
                },
                body.content.length));
        return request.build();
    }

    private void report(Body body, int status, String content) {
        Matcher rejected = REJECTED.matcher(content);
        Matcher message = MESSAGE.matcher(content);
        String error = message.find() ? message.group(1) : "the answer is no JSON";
        body.accepted = status >= 200 && status < 300;
        if (!body.accepted) {
            String hint = status >= 300 && status < 400 ? "redirects are not followed; correct the URL" : error;
            samples.drop("rejected", body.samples, "answer " + status + " of " + uri.getHost() + ": " + hint);
        } else if (rejected.find()) {
            samples.warn("partly", rejected.group(1) + " of " + body.samples + " samples rejected; the first: " + error);
        }
    }

    private void giveWay(Attempt attempt) {
        backoffSeconds = Math.min(Math.max(1, 2 * backoffSeconds), 60);
        long pause = Math.max(backoffSeconds, least(attempt.retryAfter, MAX_RETRY_AFTER).toSeconds());
        skipUntil = Instant.now().plusSeconds(pause);
        samples.warn("failed", "push to " + uri.getHost() + " failed, none for " + pause + " s: " + attempt.problem);
    }

    private <T> T setting(Map<String, String> settings, String name, Function<String, T> parse, T absent) {
        String value = settings.getOrDefault(name, "").strip();
        try {
            return value.isEmpty() ? absent : parse.apply(value);
        } catch (RuntimeException e) {
            samples.warn(name, name + " is ignored: it is not valid");
            return absent;
        }
    }

    private static Duration toTimeout(String value) {
        Duration timeout = Duration.ofMillis((long) (1000 * Double.parseDouble(value)));
        Samples.check(timeout.toMillis() > 0 && timeout.toMinutes() < 1, "not 0 to 60 seconds");
        return timeout;
    }

    /** Of a text like {@code region=eu,function=checkout}. */
    private static Map<String, String> toLabels(String value) {
        return Samples.checked("", Pattern.compile(",").splitAsStream(value)
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0].strip(), pair -> pair[1].strip())));
    }

    private static String toKey(String value) {
        Samples.check(value.matches("[!-~]+"), "not visible ASCII characters");
        return value;
    }

    private static URI toUri(String value) {
        Matcher url = URL.matcher(value);
        Samples.check(url.matches(), "not like https://metrics.example.com");
        URI uri = URI.create(url.group(1) + "/api/v1/metrics" + Objects.requireNonNullElse(url.group(2), ""));
        HttpRequest.newBuilder(uri); // throws where the host is not valid
        return uri;
    }

    /** Of seconds or a date; zero if it is neither, or past. */
    private static Duration retryAfter(String value) {
        try {
            Duration wait = value.matches("\\d{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(value))
                    : Duration.between(Instant.now(), ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME));
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }

    private static HttpClient newClient() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    static boolean within(Instant start, Instant end, Duration limit) {
        Duration between = Duration.between(start, end);
        return !between.isNegative() && between.compareTo(limit) < 0;
    }

    private static Duration least(Duration first, Duration second) {
        return first.compareTo(second) < 0 ? first : second;
    }
}

/** Samples that wait for a push. */
final class Samples {

    private static final int MAX_BYTES = 1 << 20; // of samples as JSON, which are less than 10,000
    private static final int MAX_VALUES = 1_000; // of one histogram or summary sample
    private static final Pattern METRIC_NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
    private static final Pattern LABEL_NAME = Pattern.compile("(?!__)[a-zA-Z_][a-zA-Z0-9_]*");
    private static final String DROPPED = "streamgauge_client_dropped_samples_total";
    private static final System.Logger LOG = System.getLogger("streamgauge");

    /** A sum, the latest value, or observed values; {@code start} is the beginning of its JSON. */
    record Sample(String name, String type, String start, List<Double> values, long timestamp) {

        boolean observes() {
            return type.equals("histogram") || type.equals("summary");
        }

        /** At most the length of its JSON, without a description. */
        int cost() {
            return utf8(start).length + 50 + 26 * values.size();
        }

        String json(String description) {
            String value = observes() ? field("values", values) : field("value", values.get(0));
            return start + value + (type.equals("gauge") ? field("timestamp", timestamp) : "") + description + "}";
        }
    }

    private Map<String, Sample> samples = new LinkedHashMap<>(); // by the beginning of their JSON, oldest first
    private int bytes; // at most the length of samples and descriptions as JSON
    private final Map<String, String> descriptions = new HashMap<>();
    private final Map<String, Integer> dropped = new TreeMap<>();
    private final Map<String, Integer> unreported = new TreeMap<>();
    private final Map<String, Instant> logged = new HashMap<>();

    synchronized void collect(String type, String name, double value, Map<String, ?> labels) {
        try {
            check(METRIC_NAME.matcher(name).matches(), "not the name of a metric");
            check(!type.equals("counter") || value >= 0, "a counter cannot decrease");
            add(type, name, value, checked(type, labels));
        } catch (RuntimeException e) {
            drop("invalid", 1, name + ": " + e.getMessage());
        }
    }

    private void add(String type, String name, double value, Map<String, String> labels) {
        String start = "{\"name\":\"" + name + "\",\"type\":\"" + type + "\",\"labels\":" + json(labels);
        Sample old = samples.get(start);
        if (old != null && old.values.size() == MAX_VALUES) {
            samples.put(start + UUID.randomUUID(), samples.remove(start)); // takes no more values
            old = null;
        }
        List<Double> values = old != null && old.observes() ? old.values : new ArrayList<>(1);
        int oldCost = old == null ? 0 : old.cost();
        double added = type.equals("counter") && old != null ? old.values.get(0) + value : value;
        check(Double.isFinite(added), "not a finite number");
        values.add(added);
        Sample sample = new Sample(name, type, start, values, System.currentTimeMillis());
        samples.put(start, sample);
        bytes += sample.cost() - oldCost;
        enforceBounds();
    }

    private void enforceBounds() {
        while (!samples.isEmpty() && bytes > MAX_BYTES) {
            String oldest = samples.keySet().iterator().next();
            bytes -= samples.remove(oldest).cost();
            drop("full", 1, "more than 1 MiB waits");
        }
    }

    synchronized void drop(String reason, int count, String why) {
        dropped.merge(reason, count, Integer::sum);
        unreported.merge(reason, count, Integer::sum);
        warn(reason, "samples dropped: " + why);
    }

    synchronized Map<String, Sample> take(boolean withDropped) {
        if (withDropped) {
            Map<String, Integer> counts = new TreeMap<>(unreported);
            unreported.clear();
            counts.forEach((reason, count) -> add("counter", DROPPED, count, Map.of("reason", reason)));
        }
        Map<String, Sample> taken = samples;
        samples = new LinkedHashMap<>();
        bytes -= taken.values().stream().mapToInt(Sample::cost).sum();
        return taken;
    }

    synchronized void putBack(Map<String, Sample> taken) {
        Map<String, Sample> newer = samples;
        samples = new LinkedHashMap<>();
        taken.forEach((start, old) -> samples.put(newer.containsKey(start) ? start + UUID.randomUUID() : start, old));
        samples.putAll(newer);
        bytes += taken.values().stream().mapToInt(Sample::cost).sum();
        enforceBounds();
    }

    /** As JSON, with a description in the first sample of each name. */
    synchronized String render(Map<String, Sample> taken, Map<String, String> labels) {
        Map<String, String> left = new HashMap<>(descriptions);
        return taken.values().stream()
                .map(sample -> sample.json(Objects.requireNonNullElse(left.remove(sample.name), "")))
                .collect(Collectors.joining(",", "{\"labels\":" + json(labels) + ",\"metrics\":[", "]}"));
    }

    synchronized void describe(String name, Metrics.Description d) {
        try {
            for (List<Double> numbers : Arrays.asList(d.buckets(), d.quantiles())) {
                check(numbers == null || numbers.stream().allMatch(Double::isFinite), "not finite numbers");
            }
            String fields = field("help", d.help()) + field("unit", d.unit())
                    + field("buckets", d.buckets()) + field("quantiles", d.quantiles());
            String earlier = descriptions.put(name, fields);
            bytes += utf8(fields).length - (earlier == null ? 0 : utf8(earlier).length);
        } catch (RuntimeException e) {
            warn("invalid", "description of " + name + " ignored: " + e.getMessage());
        }
    }

    synchronized Map<String, Integer> dropped() {
        return Map.copyOf(dropped);
    }

    /** Logs at most one line a minute of each kind. */
    synchronized void warn(String kind, String message) {
        Instant now = Instant.now();
        if (!Metrics.within(logged.getOrDefault(kind, Instant.EPOCH), now, Duration.ofMinutes(1))) {
            logged.put(kind, now);
            LOG.log(Level.WARNING, "streamgauge: " + message.substring(0, Math.min(500, message.length())));
        }
    }

    static Map<String, String> checked(String type, Map<String, ?> labels) {
        Map<String, String> checked = new TreeMap<>();
        labels.forEach((name, value) -> {
            boolean reserved = (type + " " + name).matches("histogram le|summary quantile");
            check(!reserved && LABEL_NAME.matcher(name).matches(), "a label cannot have this name");
            String text = value == null ? "" : value.toString();
            check(text.chars().noneMatch(Character::isISOControl), "label " + name + " has a control character");
            if (!text.isEmpty()) {
                checked.put(name, text);
            }
        });
        return checked;
    }

    static void check(boolean isKept, String rule) {
        if (!isKept) {
            throw new IllegalArgumentException(rule);
        }
    }

    private static String json(Map<String, String> members) {
        return members.entrySet().stream()
                .map(member -> quoted(member.getKey()) + ":" + quoted(member.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** A member of a JSON object after others; nothing for null. */
    private static String field(String name, Object value) {
        return value == null ? "" : ",\"" + name + "\":" + (value instanceof String text ? quoted(text) : value);
    }

    private static String quoted(String text) {
        check(StandardCharsets.UTF_8.newEncoder().canEncode(text), "not Unicode");
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> json.append(c < ' ' || c == '"' || c == '\\' ? "\\u%04x".formatted(c) : (char) c));
        return json.append('"').toString();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
