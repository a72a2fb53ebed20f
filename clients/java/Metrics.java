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
import java.net.http.HttpResponse.*;
import java.time.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.*;
import java.util.regex.Pattern;
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
    private static final Pattern REJECTED = Pattern.compile("\"rejected\"\\s*:\\s*[1-9]");
    private static final Answer NONE = new Answer(0, "no time left", 0);
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "streamgauge");
        thread.setDaemon(true);
        return thread;
    });

    /** What is known of a metric; null where there is nothing to say. */
    public record Description(String help, String unit, List<Double> buckets, List<Double> quantiles) {}

    /** The content of one push with its key; both stay the same in every attempt. */
    record Body(String key, byte[] content, int samples, AtomicReference<Instant> sent) {

        /** Whether it was never sent, as there was no connection, or for the first time not longer ago than that. */
        boolean isYounger(Duration limit) {
            return sent.get() == null || recent(sent.get(), limit);
        }
    }

    /** As much of an answer as has come, or why there is none, with the status 0. */
    private record Answer(int status, String text, long retryAfterMillis) {

        boolean isFinal() {
            return status > 0 && status < 500 && !Set.of(408, 425, 429).contains(status);
        }

        boolean isAccepted() {
            return status / 100 == 2 && !REJECTED.matcher(text).find();
        }
    }

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
            drop("invalid", samples.take(labels, "").samples, "their key must be 1 to 128 visible ASCII characters");
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
            drop("full", samples.add(type, name, value, checked(type, labels)), "more than 1 MB waits");
        } catch (RuntimeException e) {
            drop("invalid", 1, name + ": " + e.getMessage());
        }
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
        if (samples.kept != null && !samples.kept.isYounger(MAX_KEPT)) {
            drop("unsettled", samples.kept.samples, "no answer for 9 minutes");
            samples.kept = null;
        }
        boolean ready = deadline - System.nanoTime() > 0 && !recent(failed, pause)
                && (samples.kept == null || settle(samples.kept, deadline).isFinal());
        if (ready) {
            samples.kept = null;
        }
        if (key == null) {
            if (!ready) {
                return false; // the samples wait
            }
            countDropped();
        }
        Body body = samples.take(labels, key == null ? UUID.randomUUID().toString() : key);
        if (body.samples == 0) {
            return ready;
        }
        Answer answer = ready ? settle(body, deadline) : NONE;
        if (answer.isFinal()) {
            return answer.isAccepted();
        }
        if (samples.kept == null && (body.sent.get() == null || body.content.length <= MAX_KEPT_BYTES)) {
            samples.kept = body;
        } else {
            drop("unsettled", body.samples, "no answer, and no room to keep them");
        }
        return false;
    }

    private synchronized void countDropped() {
        Map<String, Integer> counts = Map.copyOf(unreported);
        unreported.clear();
        counts.forEach((reason, count) ->
                counter("streamgauge_client_dropped_samples_total", count, Map.of("reason", reason)));
    }

    /** Sends until an answer is final. Where no time is left for that, pushes give way. */
    private Answer settle(Body body, long deadline) {
        try {
            for (long pauseMillis = 100; ; pauseMillis *= 2) {
                Answer answer = attempt(body, deadline);
                if (answer.isFinal() && !answer.isAccepted()) {
                    report(body, answer);
                }
                long jittered = ThreadLocalRandom.current().nextLong(pauseMillis / 2, pauseMillis);
                long waitMillis = answer.isFinal() ? 0 : Math.max(answer.retryAfterMillis(), jittered);
                if (NANOSECONDS.toMillis(deadline - System.nanoTime()) <= waitMillis) {
                    failed = Instant.now();
                    backoffMillis = Math.min(Math.max(1_000, 2 * backoffMillis), 60_000);
                    pause = Duration.ofMillis(Math.max(backoffMillis, Math.min(waitMillis, MAX_RETRY_AFTER_MILLIS)));
                    warn("failed", "push to " + host + " failed, none for " + pause.toSeconds() + " s: " + answer.text);
                    return answer;
                }
                if (answer.isFinal()) {
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
                    body.sent.compareAndSet(null, Instant.now());
                    content.subscribe(subscriber);
                }, body.content.length))
                .build();
        AtomicReference<ResponseInfo> head = new AtomicReference<>(); // comes even if the content breaks off
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        Future<?> exchange = client.sendAsync(post, info -> {
            head.set(info);
            return BodySubscribers.ofByteArrayConsumer(
                    part -> part.filter(any -> text.size() < MAX_ANSWER_BYTES).ifPresent(text::writeBytes));
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
            return new Answer(0, problem, 0);
        }
        String retryAfter = head.get().headers().firstValue("Retry-After").orElse("");
        int status = head.get().statusCode();
        return new Answer(status, "answer " + status + " " + text.toString(UTF_8), toMillis(retryAfter));
    }

    private void report(Body body, Answer answer) {
        if (answer.status / 100 == 2) {
            warn("partly", "some of " + body.samples + " samples rejected: " + answer.text);
        } else {
            drop("rejected", body.samples, host + ": " + answer.text);
        }
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

    private synchronized void drop(String reason, int count, String why) {
        if (count > 0) {
            dropped.merge(reason, count, Integer::sum);
            unreported.merge(reason, count, Integer::sum);
            warn(reason, "samples dropped: " + why);
        }
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

/** What waits for a push: at most 1 MB as JSON, which is less than 10,000 samples. */
final class Samples {

    private static final int MAX_BYTES = 1_000_000; // with descriptions, the server takes 1 MiB
    private static final int MAX_VALUES = 1_000; // of one histogram or summary sample
    private static final int NUMBER_BYTES = 26; // at most, with a comma and a blank

    private final Map<String, Sample> samples = new LinkedHashMap<>(); // by series, oldest first
    private final Map<String, String> descriptions = new HashMap<>(); // as members of a JSON object
    private int bytes; // at most the length of the samples as JSON
    volatile Metrics.Body kept; // has no answer, and is sent first; waits, too

    /** A sum, the latest value with its time, or observed values. */
    private static final class Sample {

        private final String name;
        private final String series; // as members of a JSON object
        private final List<Double> values = new ArrayList<>();
        private double value;
        private String time = "";

        Sample(String name, String series) {
            this.name = name;
            this.series = series;
        }

        int cost() {
            return series.getBytes(UTF_8).length + 100 + NUMBER_BYTES * values.size();
        }

        String json(String description) {
            String content = values.isEmpty() ? ",\"value\":" + value + time : ",\"values\":" + values;
            return "{" + series + content + Objects.toString(description, "") + "}";
        }
    }

    synchronized void describe(String name, Metrics.Description d) {
        Stream.of(d.buckets(), d.quantiles()).filter(Objects::nonNull).flatMap(List::stream)
                .forEach(number -> Metrics.check(Double.isFinite(number), "not a finite number"));
        descriptions.put(name, member("help", d.help(), Samples::quoted) + member("unit", d.unit(), Samples::quoted)
                + member("buckets", d.buckets(), List::toString) + member("quantiles", d.quantiles(), List::toString));
    }

    /** Returns how many of the oldest samples had to go. */
    synchronized int add(String type, String name, double value, Map<String, String> labels) {
        String series = "\"type\":" + quoted(type) + ",\"name\":" + quoted(name) + ",\"labels\":" + object(labels);
        Sample sample = samples.get(series);
        if (sample == null) {
            sample = new Sample(name, series);
            samples.put(series, sample);
            bytes += sample.cost();
        }
        switch (type) {
            case "counter" -> sample.value = Math.min(sample.value + value, Double.MAX_VALUE);
            case "gauge" -> {
                sample.value = value;
                sample.time = ",\"timestamp\":" + System.currentTimeMillis();
            }
            default -> {
                sample.values.add(value);
                bytes += NUMBER_BYTES;
            }
        }
        if (sample.values.size() == MAX_VALUES) {
            samples.put(series + UUID.randomUUID(), samples.remove(series)); // takes no more values
        }
        int room = MAX_BYTES - (kept == null ? 0 : kept.content().length);
        int full = 0;
        for (; bytes > room && !samples.isEmpty(); full++) {
            bytes -= samples.remove(samples.keySet().iterator().next()).cost();
        }
        return full;
    }

    /** Takes all samples, with a description in the first of each name. */
    synchronized Metrics.Body take(Map<String, String> labels, String key) {
        Map<String, String> left = new HashMap<>(descriptions);
        String content = samples.values().stream()
                .map(sample -> sample.json(left.remove(sample.name)))
                .collect(joining(",", "{\"labels\":" + object(labels) + ",\"metrics\":[", "]}"));
        Metrics.Body body = new Metrics.Body(key, content.getBytes(UTF_8), samples.size(), new AtomicReference<>());
        samples.clear();
        bytes = 0;
        return body;
    }

    private static <T> String member(String name, T value, Function<T, String> json) {
        return value == null ? "" : ",\"" + name + "\":" + json.apply(value);
    }

    private static String object(Map<String, String> texts) {
        return texts.entrySet().stream()
                .map(text -> quoted(text.getKey()) + ":" + quoted(text.getValue()))
                .collect(joining(",", "{", "}"));
    }

    private static String quoted(String text) {
        Metrics.check(UTF_8.newEncoder().canEncode(text), "not Unicode");
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(c -> quoted.append(c < ' ' || c == '"' || c == '\\' ? "\\u%04x".formatted(c) : (char) c));
        return quoted.append('"').toString();
    }
}
