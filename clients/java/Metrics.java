package dev.streamgauge.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;
import static java.time.temporal.ChronoUnit.MILLIS;
import static java.util.concurrent.TimeUnit.*;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.time.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.*;
import java.util.regex.*;
import java.util.stream.Stream;

/**
 * Sends metrics to Streamgauge from short-lived processes. Copy this file; it needs Java 17 and nothing else.
 *
 * <pre>{@code
 * private static final Metrics M = new Metrics(); // STREAMGAUGE_URL, _KEY, _TENANT, _LABELS, _TIMEOUT
 *
 * M.counter("orders_total", 1, Map.of("region", "eu"));
 * M.push(); // in AWS Lambda: return M.around(context::getRemainingTimeInMillis, () -> checkout(order))
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
    private static final long MAX_RETRY_AFTER_MILLIS = 600_000;
    private static final long LAMBDA_RESERVE_MILLIS = 100;
    private static final Pattern METRIC_NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
    private static final Pattern LABEL_NAME = Pattern.compile("(?!__)[a-zA-Z_][a-zA-Z0-9_]*");
    private static final Pattern KEY = Pattern.compile("[!-~]{1,128}");
    private static final Pattern REJECTED = Pattern.compile("\"rejected\"\\s*:\\s*([1-9]\\d*)");
    private static final Pattern ERROR = Pattern.compile("\"(?:message|title)\"\\s*:\\s*\"((?:[^\"\\\\]++|\\\\.)*+)\"");
    private static final Answer NONE = new Answer(false, false, "", 0);
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "streamgauge");
        thread.setDaemon(true);
        return thread;
    });

    /** What is known of a metric; null where there is nothing to say. */
    public record Description(String help, String unit, List<Double> buckets, List<Double> quantiles) {}

    /** The content of one push with its key; both stay the same in every attempt. */
    private record Body(byte[] content, int samples, String key, Instant since, AtomicReference<Boolean> sent) {

        /** Decides whether it is sent, and returns what was decided first: its samples must not be in two bodies. */
        boolean decide(boolean send) {
            sent.compareAndSet(null, send);
            return sent.get();
        }
    }

    private record Answer(boolean isFinal, boolean isAccepted, String summary, long retryAfterMillis) {}

    private final HttpRequest.Builder request = HttpRequest.newBuilder().header("Content-Type", "application/json");
    private final String host; // null: nothing is sent
    private final Map<String, String> labels;
    private final long timeoutMillis;

    private final Samples samples = new Samples();

    // Guarded by this.
    private final Map<String, Integer> dropped = new HashMap<>();
    private final Map<String, Integer> unreported = new HashMap<>();
    private final Map<String, Instant> logged = new HashMap<>();

    // Guarded by the lock. Times are those of the wall clock, which alone goes on while an environment is frozen.
    private final ReentrantLock pushing = new ReentrantLock();
    private HttpClient client;
    private Instant lastUse = Instant.EPOCH;
    private Instant failed = Instant.EPOCH; // the last push without an answer; others are skipped during the pause
    private Duration pause = Duration.ZERO;
    private long backoffMillis;
    private Body kept;

    /** Takes its settings from the environment. */
    public Metrics() {
        this(System.getenv());
    }

    /** Takes its settings from a map, by the names of the environment. Without a URL, it sends nothing. */
    public Metrics(Map<String, String> settings) {
        timeoutMillis = setting(settings, "STREAMGAUGE_TIMEOUT", seconds -> {
            double millis = 1000 * Double.parseDouble(seconds);
            check(millis >= 1 && millis <= 60_000, "not 0 to 60 seconds");
            return (long) millis;
        }, 1000L);
        labels = setting(settings, "STREAMGAUGE_LABELS", pairs -> checked("", Stream.of(pairs.split(","))
                .map(pair -> pair.split("=", 2))
                .collect(toMap(pair -> pair[0].strip(), pair -> pair[1].strip()))), Map.of());
        setting(settings, "STREAMGAUGE_KEY", key -> request.header("Authorization", "Bearer " + key), null);
        setting(settings, "STREAMGAUGE_TENANT", tenant -> request.header("X-Scope-OrgID", tenant), null);
        host = setting(settings, "STREAMGAUGE_URL", url -> {
            URI uri = URI.create(url.replaceFirst("/*([?#]|$)", "/api/v1/metrics$1"));
            request.uri(uri); // throws where it is not of http, or has no host
            renewClient(); // now, as loading its classes takes longer than a push has
            return uri.getHost();
        }, null);
        if (host == null) {
            warn("url", "no URL to push to; metrics are not sent");
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
        try {
            samples.describe(name, description);
        } catch (RuntimeException e) {
            warn("invalid", "description of " + name + " ignored: " + e.getMessage());
        }
    }

    /** Returns how many samples were dropped, by reason. */
    public synchronized Map<String, Integer> dropped() {
        return Map.copyOf(dropped);
    }

    /** Sends what was collected, and returns whether the server has taken all of it. */
    public boolean push() {
        return push(null, () -> Long.MAX_VALUE);
    }

    /** Like {@link #push()}, but counts once for a key: the id of a message that all samples depend on alone. */
    public boolean push(String key) {
        if (key == null || !KEY.matcher(key).matches()) {
            drop("invalid", samples.take().size(), "the key of a push must be 1 to 128 visible ASCII characters");
            return false;
        }
        return push(key, () -> Long.MAX_VALUE);
    }

    /** Runs the work of an AWS Lambda handler, and pushes when it ends, also when it throws. */
    public <R> R around(LongSupplier remainingMillis, Callable<R> work) throws Exception {
        try {
            return work.call();
        } finally {
            push(null, remainingMillis);
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
        if (host == null) {
            return;
        }
        try {
            check(METRIC_NAME.matcher(name).matches(), "not the name of a metric");
            check(Double.isFinite(value), "not a finite number");
            check(!type.equals("counter") || value >= 0, "a counter cannot decrease");
            drop("full", samples.add(type, name, value, checked(type, labels)), "more than 1 MiB waits");
        } catch (RuntimeException e) {
            drop("invalid", 1, name + ": " + e.getMessage());
        }
    }

    private synchronized void countDropped() {
        Map<String, Integer> counts = Map.copyOf(unreported);
        unreported.clear();
        counts.forEach((reason, count) ->
                counter("streamgauge_client_dropped_samples_total", count, Map.of("reason", reason)));
    }

    private boolean push(String key, LongSupplier remainingMillis) {
        try {
            long limitMillis = Math.min(timeoutMillis, remainingMillis.getAsLong() - LAMBDA_RESERVE_MILLIS);
            long deadline = System.nanoTime() + MILLISECONDS.toNanos(limitMillis);
            if (host != null && pushing.tryLock(limitMillis, MILLISECONDS)) {
                try {
                    return pushAll(key, deadline);
                } finally {
                    pushing.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            warn("failed", "push failed: " + e);
        }
        return false;
    }

    private boolean pushAll(String key, long deadline) {
        if (kept != null && !recent(kept.since, MAX_KEPT)) {
            drop("unsettled", kept.samples, "no answer for 9 minutes");
            kept = null;
        }
        boolean ready = deadline - System.nanoTime() > 0 && !recent(failed, pause)
                && (kept == null || settle(kept, deadline).isFinal);
        if (ready) {
            kept = null;
        } else if (key == null) {
            return false; // what was never sent waits
        }
        if (key == null) {
            countDropped();
        }
        List<Samples.Sample> taken = samples.take();
        if (taken.isEmpty()) {
            return ready;
        }
        String bodyKey = key == null ? UUID.randomUUID().toString() : key;
        byte[] content = samples.json(labels, taken);
        Body body = new Body(content, taken.size(), bodyKey, Instant.now(), new AtomicReference<>());
        Answer answer = ready ? settle(body, deadline) : NONE;
        if (answer.isFinal) {
            return answer.isAccepted;
        }
        if (key == null && !body.decide(false)) {
            drop("full", samples.putBack(taken), "more than 1 MiB waits");
        } else if (kept == null && content.length <= MAX_KEPT_BYTES) {
            kept = body;
        } else {
            drop("unsettled", body.samples, "no answer, and no room to keep them");
        }
        return false;
    }

    /** Sends until an answer is final. Where no time is left for that, pushes give way. */
    private Answer settle(Body body, long deadline) {
        try {
            for (long pauseMillis = 100; ; pauseMillis *= 2) {
                Answer answer = attempt(body, deadline);
                long jittered = ThreadLocalRandom.current().nextLong(pauseMillis / 2, pauseMillis);
                long waitMillis = answer.isFinal ? 0 : Math.max(answer.retryAfterMillis, jittered);
                if (NANOSECONDS.toMillis(deadline - System.nanoTime()) <= waitMillis) {
                    failed = Instant.now();
                    backoffMillis = Math.min(Math.max(1_000, 2 * backoffMillis), 60_000);
                    pause = Duration.ofMillis(Math.max(backoffMillis, Math.min(waitMillis, MAX_RETRY_AFTER_MILLIS)));
                    String until = " failed, none for " + pause.toSeconds() + " s: ";
                    warn("failed", "push to " + host + until + answer.summary);
                    return answer;
                }
                if (answer.isFinal) {
                    backoffMillis = 0;
                    return answer;
                }
                Thread.sleep(waitMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (UncheckedIOException e) { // such as too many open files
            warn("failed", "push failed: " + e);
        }
        return NONE;
    }

    private Answer attempt(Body body, long deadline) throws InterruptedException {
        if (!recent(lastUse, MAX_IDLE)) {
            renewClient();
        }
        var content = BodyPublishers.ofByteArray(body.content);
        HttpRequest post = request.copy().header("Idempotency-Key", body.key)
                .POST(BodyPublishers.fromPublisher(subscriber -> { // when there is a connection
                    check(body.decide(true), "no time left to send it");
                    content.subscribe(subscriber);
                }, body.content.length))
                .build();
        AtomicReference<ResponseInfo> head = new AtomicReference<>();
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        Future<?> exchange = client.sendAsync(post, info -> {
            head.set(info);
            return BodySubscribers.ofByteArrayConsumer(
                    part -> part.filter(any -> answer.size() < MAX_ANSWER_BYTES).ifPresent(answer::writeBytes));
        });
        String problem = "no answer in time";
        try {
            exchange.get(deadline - System.nanoTime(), NANOSECONDS);
            lastUse = Instant.now();
        } catch (ExecutionException e) {
            problem = String.valueOf(e.getCause());
        } catch (TimeoutException e) {
            // says the problem
        } finally {
            exchange.cancel(true);
        }
        if (head.get() == null) {
            return new Answer(false, false, problem, 0);
        }
        int status = head.get().statusCode();
        if (status >= 500 || status == 408 || status == 425 || status == 429) {
            String retryAfter = head.get().headers().firstValue("Retry-After").orElse("");
            return new Answer(false, false, "answer " + status, toMillis(retryAfter));
        }
        return new Answer(true, report(body, status, answer.toString(UTF_8)), "answer " + status, 0);
    }

    /** Opens a new connection for the next request. Before Java 21, only garbage collection ends the old client. */
    private void renewClient() {
        if (client instanceof AutoCloseable former) {
            THREADS.submit(() -> {
                former.close();
                return null;
            });
        }
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(THREADS).build();
        lastUse = Instant.now();
    }

    /** Logs what was rejected, and returns whether nothing was. */
    private boolean report(Body body, int status, String answer) {
        Matcher rejected = REJECTED.matcher(answer);
        Matcher message = ERROR.matcher(answer);
        String error = message.find() ? message.group(1) : "the answer is no JSON";
        if (status / 100 == 3) {
            error = "redirects are not followed; correct the URL";
        }
        if (status / 100 != 2) {
            drop("rejected", body.samples, "answer " + status + " of " + host + ": " + error);
        } else if (rejected.find()) {
            warn("partly", rejected.group(1) + " of " + body.samples + " samples rejected; the first: " + error);
        } else {
            return true;
        }
        return false;
    }

    private synchronized void drop(String reason, int count, String why) {
        if (count == 0) {
            return;
        }
        dropped.merge(reason, count, Integer::sum);
        unreported.merge(reason, count, Integer::sum);
        warn(reason, "samples dropped: " + why);
    }

    /** Logs at most one line a minute of each kind. A logger would load for longer than an invocation has left. */
    private synchronized void warn(String kind, String message) {
        if (!recent(logged.getOrDefault(kind, Instant.EPOCH), Duration.ofMinutes(1))) {
            logged.put(kind, Instant.now());
            String line = message.replaceAll("\\p{Cntrl}", " ");
            System.err.println("streamgauge: " + line.substring(0, Math.min(500, line.length())));
        }
    }

    private <T> T setting(Map<String, String> settings, String name, Function<String, T> parse, T absent) {
        String value = Objects.toString(settings.get(name), "").strip();
        try {
            return value.isEmpty() ? absent : parse.apply(value);
        } catch (RuntimeException e) {
            warn(name, name + " is ignored: it is not valid");
            return absent;
        }
    }

    private static Map<String, String> checked(String type, Map<String, ?> labels) {
        Map<String, String> checked = new TreeMap<>();
        labels.forEach((name, value) -> {
            boolean reserved = (type + " " + name).matches("histogram le|summary quantile");
            check(!reserved && LABEL_NAME.matcher(name).matches(), "a label cannot have this name");
            String text = Objects.toString(value, "");
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

    /** Of seconds or a date; 0 if it is neither, or past. */
    private static long toMillis(String retryAfter) {
        try {
            return retryAfter.matches("\\d{1,9}")
                    ? Long.parseLong(retryAfter) * 1_000
                    : Math.max(0, Instant.now().until(RFC_1123_DATE_TIME.parse(retryAfter, Instant::from), MILLIS));
        } catch (DateTimeException e) {
            return 0;
        }
    }

    private static boolean recent(Instant since, Duration limit) {
        Duration age = Duration.between(since, Instant.now());
        return !age.isNegative() && age.compareTo(limit) < 0;
    }
}

/** What waits for a push: at most 1 MiB as JSON, which is less than 10,000 samples. */
final class Samples {

    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_VALUES = 1_000; // of one histogram or summary sample

    private final Map<String, Sample> samples = new LinkedHashMap<>(); // by the beginning of their JSON, oldest first
    private final Map<String, String> descriptions = new HashMap<>(); // as members of a JSON object
    private int bytes; // at most the length of both as JSON

    /** A sum, the latest value, or observed values; {@code start} is the beginning of its JSON. */
    record Sample(String type, String name, String start, List<Double> values, Long timestamp) {

        /** At most the length of its JSON, without a description. */
        int cost() {
            return start.getBytes(UTF_8).length + 50 + 26 * values.size();
        }

        Sample plus(Sample later) {
            switch (type) {
                case "counter" -> values.set(0, Math.min(values.get(0) + later.values.get(0), Double.MAX_VALUE));
                case "gauge" -> values.set(0, later.values.get(0));
                default -> values.addAll(later.values);
            }
            return new Sample(type, name, start, values, later.timestamp);
        }

        String json(String description) {
            boolean hasOne = type.equals("counter") || type.equals("gauge");
            String content = hasOne ? Json.member("value", values.get(0)) : Json.member("values", values);
            return start + content + Json.member("timestamp", timestamp) + Objects.toString(description, "") + "}";
        }
    }

    synchronized void describe(String name, Metrics.Description d) {
        String members = Json.member("help", d.help()) + Json.member("unit", d.unit())
                + Json.member("buckets", d.buckets()) + Json.member("quantiles", d.quantiles());
        bytes += members.getBytes(UTF_8).length - descriptions.getOrDefault(name, "").getBytes(UTF_8).length;
        descriptions.put(name, members);
    }

    /** Returns how many of the oldest samples had to go. */
    int add(String type, String name, double value, Map<String, String> labels) {
        String start = "{\"type\":" + Json.of(type) + Json.member("name", name) + Json.member("labels", labels);
        Long timestamp = type.equals("gauge") ? System.currentTimeMillis() : null;
        return add(Stream.of(new Sample(type, name, start, new ArrayList<>(List.of(value)), timestamp)));
    }

    synchronized List<Sample> take() {
        List<Sample> taken = List.copyOf(samples.values());
        samples.clear();
        bytes -= taken.stream().mapToInt(Sample::cost).sum();
        return taken;
    }

    /** Returns how many of the oldest samples had to go. */
    synchronized int putBack(List<Sample> taken) {
        return add(Stream.concat(taken.stream(), take().stream()));
    }

    private synchronized int add(Stream<Sample> later) {
        later.forEach(sample -> {
            Sample old = samples.get(sample.start);
            if (old != null && old.values.size() + sample.values.size() > MAX_VALUES) {
                samples.put(sample.start + UUID.randomUUID(), samples.remove(sample.start)); // takes no more values
            } else if (old != null) {
                bytes -= old.cost();
            }
            bytes += samples.merge(sample.start, sample, Sample::plus).cost();
        });
        int full = 0;
        for (; bytes > MAX_BYTES && !samples.isEmpty(); full++) {
            bytes -= samples.remove(samples.keySet().iterator().next()).cost();
        }
        return full;
    }

    /** The body of a push, with a description in the first sample of each name. */
    synchronized byte[] json(Map<String, String> labels, List<Sample> taken) {
        Set<String> described = new HashSet<>();
        return taken.stream()
                .map(sample -> sample.json(described.add(sample.name) ? descriptions.get(sample.name) : null))
                .collect(joining(",", "{\"labels\":" + Json.of(labels) + ",\"metrics\":[", "]}"))
                .getBytes(UTF_8);
    }
}

/** As much of JSON as a push needs. */
final class Json {

    private Json() {}

    /** A member of an object after others; nothing for null. */
    static String member(String name, Object value) {
        return value == null ? "" : "," + of(name) + ":" + of(value);
    }

    static String of(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> of(entry.getKey()) + ":" + of(entry.getValue()))
                    .collect(joining(",", "{", "}"));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Json::of).collect(joining(",", "[", "]"));
        }
        if (value instanceof Number number) {
            Metrics.check(Double.isFinite(number.doubleValue()), "not a finite number");
            return number.toString();
        }
        String text = value.toString();
        Metrics.check(UTF_8.newEncoder().canEncode(text), "not Unicode");
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(c -> quoted.append(c < ' ' || c == '"' || c == '\\' ? "\\u%04x".formatted(c) : (char) c));
        return quoted.append('"').toString();
    }
}
