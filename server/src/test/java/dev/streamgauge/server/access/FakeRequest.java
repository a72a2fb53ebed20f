package dev.streamgauge.server.access;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A request with headers only. It records whether it was paused and resumed. */
final class FakeRequest {

    private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    private final List<String> calls = new CopyOnWriteArrayList<>();

    FakeRequest with(String header, String value) {
        headers.add(header, value);
        return this;
    }

    /** The calls of {@code pause} and {@code resume}, in order. */
    List<String> calls() {
        return List.copyOf(calls);
    }

    HttpServerRequest asRequest() {
        return (HttpServerRequest) Proxy.newProxyInstance(
                FakeRequest.class.getClassLoader(),
                new Class<?>[] {HttpServerRequest.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "headers" -> headers;
                    case "version" -> HttpVersion.HTTP_1_1;
                    case "isSSL" -> false;
                    case "connection" -> null;
                    case "pause", "resume" -> {
                        calls.add(method.getName());
                        yield self;
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
