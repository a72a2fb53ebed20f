package dev.streamgauge.benchmarks.systems;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Predicate;

/** Reads expositions. */
public final class Scrape implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();

    /** Connects at the first use. */
    public Scrape() {}

    /**
     * Sums a scrape's samples.
     *
     * @param isSummed whether a line's samples count; it is given the text before the value
     */
    public double sum(URI address, String tenant, Predicate<String> isSummed) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(open(address, tenant, "identity"), StandardCharsets.UTF_8))) {
            double sum = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int end = line.lastIndexOf(' ');
                if (!line.startsWith("#") && end > 0 && isSummed.test(line.substring(0, end))) {
                    sum += Double.parseDouble(line.substring(end + 1));
                }
            }
            return sum;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads what an address answers. */
    public String text(URI address) {
        try (InputStream in = open(address, "", "identity")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a scrape to its end; the bytes that were sent. */
    public long bytes(URI address, String tenant, String encoding) {
        try (InputStream in = open(address, tenant, encoding)) {
            byte[] buffer = new byte[1 << 16];
            long bytes = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                bytes += n;
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private InputStream open(URI address, String tenant, String encoding) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(address)
                .header("X-Scope-OrgID", tenant)
                .header("Accept-Encoding", encoding)
                .timeout(TIMEOUT)
                .build();
        try {
            HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            if (answer.statusCode() != 200) {
                throw new IOException(address + " answered " + answer.statusCode());
            }
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while scraping " + address, e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
