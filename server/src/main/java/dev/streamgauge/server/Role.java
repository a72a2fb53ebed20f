package dev.streamgauge.server;

/** A role that this process plays; each role's module has one bean of this type. */
public interface Role {

    /** The name in status and logs: {@code ingest}, {@code aggregator} or {@code query}. */
    String name();
}
