package dev.streamgauge.redis.registry;

/**
 * The time by which a tenant's series expire, by Redis' clock.
 *
 * @param nowMillis Unix time in ms
 * @param watermarkSeconds the tenant's watermark: Unix time in s up to which everything that was admitted is folded
 */
public record RegistryClock(long nowMillis, long watermarkSeconds) {}
