package dev.streamgauge.standalone.chaos;

import dev.streamgauge.testkit.FaultProxy;
import dev.streamgauge.testkit.RedisError;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Something that goes wrong for a while. */
sealed interface Fault {

    /** What it is, for counting. */
    String kind();

    /** What it happens to; two faults of one target come one after the other. */
    String target();

    /** Lets it happen. */
    void strike(Platform platform);

    /** Ends it; what was killed is started again, and may not be ready yet. */
    void heal(Platform platform);

    /** How a process is hit. */
    enum Signal {
        KILL,
        TERMINATE,
        /** Lasts longer than the reclaim time, so the process resumes with a batch that another one has taken over. */
        PAUSE
    }

    /** A process of ours is killed, terminated, or paused. */
    record OfNode(String node, Node.Role role, Signal signal) implements Fault {

        @Override
        public String kind() {
            return "process " + words(signal) + " " + words(role);
        }

        @Override
        public String target() {
            return node;
        }

        @Override
        public void strike(Platform platform) {
            Node struck = platform.node(node);
            switch (signal) {
                case KILL -> struck.kill();
                case TERMINATE -> struck.terminate();
                case PAUSE -> struck.pause();
            }
        }

        @Override
        public void heal(Platform platform) {
            Node struck = platform.node(node);
            switch (signal) {
                case KILL, TERMINATE -> struck.start();
                case PAUSE -> struck.resume();
            }
        }
    }

    /** What happens to Redis. */
    enum Blow {
        KILL,
        TERMINATE,
        PAUSE,
        KILL_DURING_REWRITE,
        FLUSH_SCRIPTS,
        KILL_CLIENTS,
        PAUSE_CLIENTS,
        OUT_OF_MEMORY
    }

    /** Redis dies, is paused, drops its scripts or clients, or is out of memory. */
    record OfRedis(Blow blow) implements Fault {

        /** It ends of itself: as long as it lasts, Redis would not even listen to CLIENT UNPAUSE. */
        private static final Duration CLIENT_PAUSE = Duration.ofSeconds(2);

        @Override
        public String kind() {
            return "redis " + words(blow);
        }

        @Override
        public String target() {
            return "redis";
        }

        @Override
        public void strike(Platform platform) {
            switch (blow) {
                case KILL -> platform.redis().kill();
                case TERMINATE -> platform.redis().terminate();
                case PAUSE -> platform.redis().pause();
                case KILL_DURING_REWRITE -> {
                    startRewrite(platform);
                    platform.redis().kill();
                }
                case FLUSH_SCRIPTS -> platform.redis().command("SCRIPT", "FLUSH");
                case KILL_CLIENTS -> platform.redis().command("CLIENT", "KILL", "TYPE", "normal");
                case PAUSE_CLIENTS ->
                    platform.redis().command("CLIENT", "PAUSE", Long.toString(CLIENT_PAUSE.toMillis()), "ALL");
                case OUT_OF_MEMORY -> platform.redis().command("CONFIG", "SET", "maxmemory", "1mb");
            }
        }

        @Override
        public void heal(Platform platform) {
            switch (blow) {
                case KILL, TERMINATE, KILL_DURING_REWRITE -> platform.startRedis();
                case PAUSE -> platform.redis().resume();
                case FLUSH_SCRIPTS, KILL_CLIENTS -> {}
                case PAUSE_CLIENTS -> platform.redis().command("PING"); // is answered when it is over
                case OUT_OF_MEMORY -> platform.redis().command("CONFIG", "SET", "maxmemory", "512mb");
            }
        }
    }

    private static void startRewrite(Platform platform) {
        try {
            platform.redis().command("BGREWRITEAOF");
        } catch (RedisError e) {
            // It writes one already, of its own accord.
            if (!e.getMessage().contains("in progress")) {
                throw e;
            }
        }
    }

    /** Several faults at once, on different targets. */
    record AtOnce(List<Fault> faults) implements Fault {

        public AtOnce {
            faults = List.copyOf(faults);
        }

        @Override
        public String kind() {
            return "all at once: " + faults.getFirst().kind();
        }

        @Override
        public String target() {
            return faults.stream().map(Fault::target).collect(Collectors.joining("+"));
        }

        @Override
        public void strike(Platform platform) {
            faults.forEach(fault -> fault.strike(platform));
        }

        @Override
        public void heal(Platform platform) {
            faults.forEach(fault -> fault.heal(platform));
        }
    }

    /** What happens to a connection. */
    enum Break {
        CUT_BEFORE_REQUEST,
        CUT_BEFORE_REPLY,
        CUT_IN_REPLY,
        DELAY,
        HANG_REQUESTS,
        HANG_REPLIES,
        REJECT
    }

    /** A connection between two processes. */
    enum Way {
        SENDERS_TO_NODE,
        NODE_TO_REDIS
    }

    /**
     * A connection is cut, is slow, hangs, or is rejected.
     *
     * @param size bytes before the cut, or milliseconds of delay
     */
    record OfConnection(String node, Node.Role role, Way way, Break broken, int size) implements Fault {

        @Override
        public String kind() {
            return "connection " + (way == Way.SENDERS_TO_NODE ? "senders-" + words(role) : words(role) + "-redis")
                    + " " + words(broken);
        }

        @Override
        public String target() {
            return node + " " + words(way);
        }

        @Override
        public void strike(Platform platform) {
            FaultProxy proxy = proxy(platform);
            switch (broken) {
                case CUT_BEFORE_REQUEST -> proxy.requests(new FaultProxy.CutAfter(0));
                case CUT_BEFORE_REPLY -> proxy.replies(new FaultProxy.CutAfter(0));
                case CUT_IN_REPLY -> proxy.replies(new FaultProxy.CutAfter(size));
                case DELAY -> {
                    proxy.requests(new FaultProxy.Delay(Duration.ofMillis(size)));
                    proxy.replies(new FaultProxy.Delay(Duration.ofMillis(size)));
                }
                case HANG_REQUESTS -> proxy.requests(new FaultProxy.Hang());
                case HANG_REPLIES -> proxy.replies(new FaultProxy.Hang());
                case REJECT -> {
                    proxy.rejectNewConnections();
                    proxy.cut(); // open connections would go on otherwise
                }
            }
        }

        @Override
        public void heal(Platform platform) {
            proxy(platform).heal();
        }

        private FaultProxy proxy(Platform platform) {
            Node end = platform.node(node);
            return switch (way) {
                case SENDERS_TO_NODE -> end.front().orElseThrow();
                case NODE_TO_REDIS -> end.toRedis();
            };
        }
    }

    private static String words(Object name) {
        return name.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
