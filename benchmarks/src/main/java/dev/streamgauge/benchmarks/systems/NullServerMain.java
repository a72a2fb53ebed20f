package dev.streamgauge.benchmarks.systems;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;

/**
 * Answers every POST with 202 once its body is there, and ignores the body. Runs on Vert.x, like Quarkus' HTTP server.
 */
public final class NullServerMain {

    private static final String ANSWER = "{\"accepted\":5,\"rejected\":0}";

    private NullServerMain() {}

    /** Serves until it is killed. */
    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx();
        vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(Integer.parseInt(args[0])))
                .requestHandler(request -> request.body()
                        .onSuccess(body -> request.response()
                                .setStatusCode(202)
                                .putHeader("Content-Type", "application/json")
                                .end(ANSWER)))
                .listen()
                .onFailure(failure -> {
                    failure.printStackTrace();
                    System.exit(1);
                });
    }
}
