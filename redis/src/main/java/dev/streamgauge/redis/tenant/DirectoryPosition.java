package dev.streamgauge.redis.tenant;

import dev.streamgauge.redis.topology.ServerRun;

/**
 * How far a reader has read the directory.
 *
 * @param run of the server that it was read from: another one may lack the last changes, such as a promoted replica
 * @param epoch of the directory, see {@code read_tenants.lua}
 * @param base version up to which all tenants were known when reading began
 * @param version up to which changes have been read
 */
public record DirectoryPosition(ServerRun run, String epoch, long base, long version) {

    /** Nothing was read yet. */
    public static final DirectoryPosition NONE = new DirectoryPosition(ServerRun.NONE, "-", 0, 0);
}
