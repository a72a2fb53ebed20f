package dev.streamgauge.testkit;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** The program in the jar that {@link RunningJarTest} runs. */
final class EchoServer {
    private EchoServer() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println(System.getenv("ECHO_VARIABLE") + " " + System.getProperty("echo.property") + " "
                + Path.of("").toAbsolutePath());
        System.err.println("this is stderr");
        Integer exitCode = Integer.getInteger("echo.exit");
        if (exitCode != null) {
            System.exit(exitCode);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("goodbye")));
        if (Boolean.getBoolean("echo.child")) {
            System.out.println(
                    "child " + new ProcessBuilder("sleep", "1000").start().pid());
        }
        int port = Integer.getInteger("echo.port");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/") ? 200 : 404, -1);
            exchange.close();
        });
        server.start();
    }
}
