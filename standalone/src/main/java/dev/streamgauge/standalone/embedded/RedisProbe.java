package dev.streamgauge.standalone.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Asks a redis-server whether it is ready. Uses a plain socket, since Quarkus and its Redis client do not exist yet.
 */
final class RedisProbe {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final int port;
    private final byte[] question;
    private final long pid;

    /** For the server with this password and pid, on this loopback port. */
    RedisProbe(int port, String password, long pid) {
        this.port = port;
        this.question = ("AUTH " + password + "\r\nPING\r\nINFO server\r\n").getBytes(StandardCharsets.US_ASCII);
        this.pid = pid;
    }

    /** Asks once; takes a second at most. */
    Answer ask() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), (int) TIMEOUT.toMillis());
            socket.setSoTimeout((int) TIMEOUT.toMillis());
            socket.getOutputStream().write(question);
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String authenticated = reader.readLine();
            if (authenticated == null) {
                return Answer.NONE;
            }
            if (!authenticated.equals("+OK")) {
                return Answer.ANOTHER_SERVER;
            }
            String pong = reader.readLine();
            if (pong == null) {
                return Answer.NONE;
            }
            if (pong.startsWith("-LOADING")) {
                return Answer.LOADING;
            }
            return pong.equals("+PONG") && isOurs(reader) ? Answer.READY : Answer.ANOTHER_SERVER;
        } catch (IOException e) {
            return Answer.NONE;
        }
    }

    private boolean isOurs(BufferedReader info) throws IOException {
        String line = info.readLine();
        // The bulk string of INFO: its length, then name:value lines; process_id is among the first of them.
        while (line != null && !line.startsWith("process_id:")) {
            line = info.readLine();
        }
        return ("process_id:" + pid).equals(line);
    }

    /** What came back. */
    enum Answer {
        /** It takes commands. */
        READY,
        /** It is still loading its append-only file, and executes no commands. */
        LOADING,
        /** Another server answers, so our server will find the port taken. */
        ANOTHER_SERVER,
        /** No process listens on the port, or no answer came in time. */
        NONE
    }
}
