package dev.streamgauge.redis.tenant;

/**
 * How far a reader has read the directory.
 *
 * @param connection number of the connection on which it was read: a new connection may lead to another Redis, such as
 *     a promoted replica without the last changes
 * @param epoch of the directory, see {@code read_tenants.lua}
 * @param base version up to which all tenants were known when reading began
 * @param version up to which changes have been read
 */
public record DirectoryPosition(long connection, String epoch, long base, long version) {

    /** Nothing was read yet. */
    public static final DirectoryPosition NONE = new DirectoryPosition(0, "-", 0, 0);
}
