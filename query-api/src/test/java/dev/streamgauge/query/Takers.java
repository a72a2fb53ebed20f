package dev.streamgauge.query;

import dev.streamgauge.query.SharedRendering.Ending;
import dev.streamgauge.query.SharedRendering.Next;
import dev.streamgauge.query.SharedRendering.Taker;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Takes a rendering to its end, as a client that is never slow. */
final class Takers {

    private Takers() {}

    /** What is left of the body. */
    static String takeRest(Taker taker) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            CompletableFuture<Void> more = new CompletableFuture<>();
            switch (taker.next(() -> more.complete(null))) {
                case Next.Part(byte[] bytes) -> body.writeBytes(bytes);
                case Next.Later later -> more.orTimeout(20, TimeUnit.SECONDS).join();
                case Next.End(Ending.Complete end) -> {
                    return body.toString(StandardCharsets.UTF_8);
                }
                case Next.End(Ending.Broken(RuntimeException cause)) -> throw new AssertionError(cause);
                case Next.Expelled expelled -> throw new AssertionError("expelled alone");
            }
        }
    }
}
