package dev.streamgauge.standalone.clients;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A port on which the kernel lets connecting hang: the queue of its listener is full, and no process accepts. */
final class FullBacklog implements AutoCloseable {

    private static final int CONNECT_TIMEOUT_MILLIS = 300;

    private final ServerSocket listener;
    private final List<Socket> waiting = new ArrayList<>();

    FullBacklog(int port) throws IOException {
        listener = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        try {
            while (true) {
                Socket socket = new Socket();
                waiting.add(socket);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_TIMEOUT_MILLIS);
            }
        } catch (SocketTimeoutException e) {
            // full
        }
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : waiting) {
            socket.close();
        }
        listener.close();
    }
}
