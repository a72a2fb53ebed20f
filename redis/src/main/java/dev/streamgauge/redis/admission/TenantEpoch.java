package dev.streamgauge.redis.admission;

/**
 * What ingest knows of a tenant's families and series holds for one epoch of the tenant, on one link. A deletion begins
 * another epoch. So does another link: behind it may be another server, or the same one with an older state, that has
 * never heard of what was registered.
 *
 * @param link number of the link that it was learnt on
 * @param number as Redis counts it
 */
public record TenantEpoch(long link, String number) {}
