package dev.streamgauge.redis.admission;

import dev.streamgauge.redis.topology.ServerRun;

/**
 * The epoch of a tenant, in one run of a server. What ingest remembers of the tenant's families and series is valid for
 * one epoch only. A deletion begins a new one. So does another run of the server: it may have an older state, where
 * those families and series are not registered.
 *
 * @param run that ingest learned of the epoch from
 * @param number as Redis counts it
 */
public record TenantEpoch(ServerRun run, String number) {}
