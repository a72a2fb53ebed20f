package dev.streamgauge.redis.admission;

/**
 * What ingest knows of a tenant's families and series holds for one epoch of the tenant, on one connection. A deletion begins
 * another epoch. So does another connection: behind it may be another server, or the same one with an older state, that has
 * never heard of what was registered.
 *
 * @param connection number of the connection that it was learnt on
 * @param number as Redis counts it
 */
public record TenantEpoch(long connection, String number) {}
