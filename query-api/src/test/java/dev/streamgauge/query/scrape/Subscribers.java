package dev.streamgauge.query.scrape;

import dev.streamgauge.query.scrape.CoalescedScrape.Ending;
import dev.streamgauge.query.scrape.CoalescedScrape.Next;
import dev.streamgauge.query.scrape.CoalescedScrape.Subscriber;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Reads a scrape to its end, like a client that is never slow. */
public final class Subscribers {

    private Subscribers() {}

    /** The rest of the body. */
    public static String readRest(Subscriber subscriber) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            CompletableFuture<Void> more = new CompletableFuture<>();
            switch (subscriber.next(() -> more.complete(null))) {
                case Next.Part(byte[] bytes) -> body.writeBytes(bytes);
                case Next.Later later -> more.orTimeout(20, TimeUnit.SECONDS).join();
                case Next.End(Ending.Complete end) -> {
                    return body.toString(StandardCharsets.UTF_8);
                }
                case Next.End(Ending.Broken(RuntimeException cause)) -> throw new AssertionError(cause);
                case Next.Expelled expelled -> throw new AssertionError("the only subscriber was expelled");
            }
        }
    }
}
