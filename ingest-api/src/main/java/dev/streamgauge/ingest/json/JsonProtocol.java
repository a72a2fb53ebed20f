package dev.streamgauge.ingest.json;

import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.protocol.ParsedPush;
import dev.streamgauge.ingest.protocol.PushAnswer;
import dev.streamgauge.ingest.protocol.PushProtocol;
import dev.streamgauge.ingest.protocol.PushRejectedException;
import dev.streamgauge.ingest.protocol.PushResult;
import dev.streamgauge.ingest.protocol.RequestRejection;
import dev.streamgauge.server.problems.RequestError;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code POST /api/v1/metrics}: samples as one JSON document, or one sample per line (NDJSON). */
@Singleton
public final class JsonProtocol implements PushProtocol {

    private static final String JSON = "application/json";
    private static final String LINES = "application/x-ndjson";

    private final TemplateCache templates;
    private final AnswerWriter answers;
    private final Parser documentParser = this::parseDocument;
    private final Parser lineParser = this::parseLines;

    JsonProtocol(TemplateCache templates, AnswerWriter answers) {
        this.templates = templates;
        this.answers = answers;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(new Endpoint(HttpMethod.POST, "/api/v1/metrics"));
    }

    @Override
    public Parser parserFor(HttpServerRequest head) {
        return isLines(head.getHeader(HttpHeaders.CONTENT_TYPE)) ? lineParser : documentParser;
    }

    /** Whether it is the media type of lines; none given is JSON. */
    private static boolean isLines(@Nullable String contentType) {
        if (contentType == null || contentType.equals(JSON) || contentType.isBlank()) {
            return false; // as nearly all say it
        }
        String[] parts = contentType.strip().toLowerCase(Locale.ROOT).split(";", -1);
        String mediaType = parts[0].strip();
        boolean isUtf8 = Arrays.stream(parts)
                .skip(1)
                .map(String::strip)
                .filter(parameter -> parameter.startsWith("charset="))
                .allMatch(parameter -> parameter.matches("charset=\"?utf-?8\"?"));
        if (!isUtf8 || !(mediaType.equals(JSON) || mediaType.equals(LINES))) {
            throw new PushRejectedException(RequestRejection.of(
                    415,
                    RequestError.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type: send application/json or application/x-ndjson, in UTF-8"));
        }
        return mediaType.equals(LINES);
    }

    private ParsedPush parseDocument(byte[] body, TenantLimits limits, Instant now) {
        Optional<ParsedPush.Samples> byTemplates = TemplateParser.parseDocument(templates, limits, now, body);
        return byTemplates.isPresent()
                ? byTemplates.get()
                : fullParser(limits).parseDocument(body).validate(limits, now);
    }

    private ParsedPush parseLines(byte[] body, TenantLimits limits, Instant now) {
        Optional<ParsedPush.Samples> byTemplates = TemplateParser.parseLines(templates, limits, now, body);
        return byTemplates.isPresent()
                ? byTemplates.get()
                : fullParser(limits).parseLines(body).validate(limits, now);
    }

    private static BodyParser fullParser(TenantLimits limits) {
        return new BodyParser(limits.maxSamplesPerRequest(), limits.maxValuesPerRequest());
    }

    @Override
    public PushAnswer answer(PushResult result) {
        return switch (result) {
            case PushResult.Stored stored -> answers.accepted(stored);
            case PushResult.Replayed replayed -> answers.repeated(replayed.first());
            case PushResult.AllRejected all -> answers.rejected(all);
            case PushResult.RequestRejected request -> answers.rejected(request.rejection());
        };
    }
}
