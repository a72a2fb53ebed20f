package dev.streamgauge.redis.fold;

import dev.streamgauge.core.stream.EntryId;
import java.util.Optional;

/**
 * An entry that this consumer has read and not yet folded.
 *
 * @param id its position in the partition's stream
 * @param payload what was appended, of no bytes if that has no payload; or empty if the entry was deleted from outside
 */
public record ReadEntry(EntryId id, Optional<byte[]> payload) {}
