package dev.streamgauge.redis.consumer;

import dev.streamgauge.core.stream.EntryId;
import java.util.Optional;

/**
 * An entry that this consumer has read and not yet folded.
 *
 * @param id its position in the partition's stream
 * @param payload the payload, of length 0 if there is no payload field; empty if another program deleted the entry
 */
public record ReadEntry(EntryId id, Optional<byte[]> payload) {}
