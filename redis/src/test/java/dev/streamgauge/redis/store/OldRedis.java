package dev.streamgauge.redis.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Stands in for a Redis of another version, without a binary of it: it answers {@code INFO} with that version,
 * {@code GET} with 16, and everything else with OK. It serves one connection.
 */
final class OldRedis implements AutoCloseable {

    private final String version;
    private final ServerSocket socket;
    private final Thread serving;

    OldRedis(String version) throws IOException {
        this.version = version;
        this.socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        this.serving = Thread.ofVirtual().start(this::serve);
    }

    String url() {
        return "redis://127.0.0.1:" + socket.getLocalPort();
    }

    private void serve() {
        try (Socket client = socket.accept();
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))) {
            OutputStream out = client.getOutputStream();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String command = "";
                for (int words = Integer.parseInt(line.substring(1)); words > 0; words--) {
                    in.readLine(); // the word's length
                    String word = in.readLine();
                    command = command.isEmpty() ? word.toUpperCase(Locale.ROOT) : command;
                }
                out.write(answer(command).getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
        } catch (SocketException e) {
            // The test is over, and closed one end or the other.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String answer(String command) {
        return switch (command) {
            case "INFO" -> bulk("# Server\r\nredis_version:" + version + "\r\nrole:master\r\n");
            case "GET" -> bulk("16");
            default -> "+OK\r\n";
        };
    }

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    @Override
    public void close() throws IOException {
        socket.close();
        serving.interrupt();
    }
}
