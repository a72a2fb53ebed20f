package dev.streamgauge.redis.admission;

/**
 * The epoch of a tenant, on one connection. What ingest remembers of the tenant's families and series is valid for one
 * epoch only. A deletion begins a new one. So does another connection: it may lead to another server, or to the same
 * one with an older state, where those families and series are not registered.
 *
 * @param connection number of the connection on which ingest learned of the epoch
 * @param number as Redis counts it
 */
public record TenantEpoch(long connection, String number) {}
