package dev.streamgauge.standalone.clients;

import dev.streamgauge.standalone.clients.FaultServer.Exchange;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** What a {@link FaultServer} does with a request. */
@FunctionalInterface
interface Reaction {

    void react(Exchange exchange) throws IOException;

    /** This for the first requests, then something else. */
    default Reaction times(int count, Reaction next) {
        AtomicInteger seen = new AtomicInteger();
        return exchange -> (seen.getAndIncrement() < count ? this : next).react(exchange);
    }

    /** This for one request of so many, something else for the others. */
    default Reaction everyNth(int n, Reaction other) {
        AtomicInteger seen = new AtomicInteger();
        return exchange -> (seen.incrementAndGet() % n == 0 ? this : other).react(exchange);
    }

    static Reaction accept() {
        return exchange -> exchange.read().count().accepted();
    }

    static Reaction acceptSaying(String content) {
        return exchange -> exchange.read().count().answer(202, content);
    }

    static Reaction status(int status, String... headers) {
        return exchange -> exchange.read().answer(status, "{\"title\":\"as told\",\"status\":" + status + "}", headers);
    }

    static Reaction answer(int status, String content) {
        return exchange -> exchange.read().answer(status, content);
    }

    /** Says when to come back by a date, which has no more than seconds. */
    static Reaction statusUntil(int status, Duration fromNow) {
        return exchange -> {
            ZonedDateTime time = ZonedDateTime.now(ZoneOffset.UTC).plus(fromNow);
            String date = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                    .format(time);
            status(status, "Retry-After: " + date).react(exchange);
        };
    }

    /** Answers and closes without having read the body. */
    static Reaction tooLarge() {
        return exchange -> {
            exchange.answer(413, "{\"title\":\"Payload Too Large\"}", "Connection: close");
            exchange.hang();
        };
    }

    static Reaction hang() {
        return exchange -> exchange.read().hang();
    }

    /** Counts, but never says so. */
    static Reaction countAndHang() {
        return exchange -> exchange.read().count().hang();
    }

    static Reaction slow(Duration delay) {
        return exchange -> {
            exchange.read().count();
            pause(delay);
            exchange.accepted();
        };
    }

    /** The whole answer would take a minute. */
    static Reaction trickle() {
        return exchange -> {
            exchange.read().count();
            trickle(exchange, exchange.head(202, 60));
        };
    }

    static Reaction trickleContent() {
        return exchange -> {
            exchange.read().count();
            exchange.write(exchange.head(202, 60));
            trickle(exchange, "{\"accepted\":1,\"rejected\":0}" + " ".repeat(31));
        };
    }

    /** Counts, and breaks the connection in the middle of the head. */
    static Reaction cutInHead() {
        return exchange -> {
            exchange.read().count().write("HTTP/1.1 2");
            exchange.close();
        };
    }

    /** Counts, and breaks the connection in the middle of the content. */
    static Reaction cutInContent() {
        return exchange -> {
            exchange.read().count().write(exchange.head(202, 60) + "{\"accep");
            exchange.close();
        };
    }

    static Reaction garbage() {
        return exchange -> {
            exchange.read().write("\u0000\u0001SSH-2.0-what?\n\n\n");
            exchange.close();
        };
    }

    /** Answers the first request of a connection, then lets it go silent, as a balancer does that has forgotten it. */
    static Reaction silentWhenKept() {
        return exchange -> (exchange.number() == 1 ? accept() : hang()).react(exchange);
    }

    private static void trickle(Exchange exchange, String text) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            exchange.write(text.substring(i, i + 1));
            pause(Duration.ofSeconds(1));
        }
    }

    /** A slow server is a part of the fault, not a wait of the test. */
    private static void pause(Duration duration) {
        LockSupport.parkNanos(duration.toNanos());
    }
}
