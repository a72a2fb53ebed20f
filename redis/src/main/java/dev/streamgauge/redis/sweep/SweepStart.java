package dev.streamgauge.redis.sweep;

import java.time.Instant;

/**
 * What is known of a tenant when its sweep begins.
 *
 * @param registered when an ingest process last registered series ahead of their samples; the epoch if it never did
 * @param recounted when a sweep last counted the whole registry; the epoch if none did since series were removed
 * @param registryBytes estimated bytes of the registry
 */
public record SweepStart(Instant registered, Instant recounted, long registryBytes) {}
