package dev.streamgauge.redis.registry;

/**
 * The time that a tenant's series live by, as Redis has it.
 *
 * @param nowMillis Unix time in ms
 * @param watermarkSeconds Unix time in s up to which everything that was admitted of the tenant is folded
 */
public record RegistryClock(long nowMillis, long watermarkSeconds) {}
