package dev.streamgauge.standalone.embedded;

/** What became of an attempt to start redis-server. */
sealed interface Launch {
    /** It takes commands. */
    record Ready(RedisProcess process, int port, String password) implements Launch {}

    /** Another program has the port. */
    record PortTaken(int port) implements Launch {}

    /** It did not start; the reason ends with the last lines of its log, if it wrote any. */
    record Failed(String reason) implements Launch {}
}
