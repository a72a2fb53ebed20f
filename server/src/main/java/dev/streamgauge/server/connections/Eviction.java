package dev.streamgauge.server.connections;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;

/** Chooses the connections to close when there are too many. */
final class Eviction {

    private static final String LOCAL = "local";

    private Eviction() {}

    /** A connection without a request to answer. */
    interface Candidate {

        /** What it belongs to, see {@link #holderOf}. */
        Object holder();

        /** When it was accepted, received the first byte of a request, or had answered its last one; nanoseconds. */
        long quietSinceNanos();
    }

    /**
     * Chooses connections of the holder that has the most of them; then of the one that has the most of the others, and
     * so on. Of one holder, those that have been quiet for the longest time.
     *
     * @param most maximum number of connections to choose
     */
    static <C extends Candidate> List<C> choose(Collection<C> quiet, int most) {
        Map<Object, Queue<C>> byHolder = new HashMap<>();
        long now = System.nanoTime();
        quiet.stream()
                .sorted(Comparator.comparingLong(each -> each.quietSinceNanos() - now)) // the clock has no zero
                .forEach(each -> byHolder.computeIfAbsent(each.holder(), absent -> new ArrayDeque<>())
                        .add(each));
        PriorityQueue<Queue<C>> largestFirst =
                new PriorityQueue<>(Comparator.comparingInt((Queue<C> each) -> -each.size())
                        .thenComparingLong(each -> each.element().quietSinceNanos() - now));
        largestFirst.addAll(byHolder.values());
        List<C> chosen = new ArrayList<>();
        while (chosen.size() < most && !largestFirst.isEmpty()) {
            Queue<C> largest = largestFirst.remove();
            chosen.add(largest.remove());
            if (!largest.isEmpty()) {
                largestFirst.add(largest);
            }
        }
        return chosen;
    }

    /** The client that a connection belongs to: an address of IPv4, or a network of IPv6, since a host has all addresses of its network. */
    static Object holderOf(SocketAddress remote) {
        InetAddress address = remote instanceof InetSocketAddress inet ? inet.getAddress() : null;
        return switch (address) {
            case null -> LOCAL;
            case Inet6Address network -> ByteBuffer.wrap(network.getAddress()).getLong();
            default -> address;
        };
    }
}
