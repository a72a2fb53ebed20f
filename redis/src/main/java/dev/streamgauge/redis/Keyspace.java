package dev.streamgauge.redis;

import dev.streamgauge.core.tenant.TenantId;
import java.util.zip.CRC32;

/**
 * Names of all keys. A tenant lives in one partition, and all keys of a partition share a hash tag, so that every script
 * stays in one slot of a Redis Cluster.
 *
 * @param partitions number of partitions, recorded in Redis at first start; it never changes
 */
public record Keyspace(int partitions) {

    /** Most partitions: one blocking read serves them all. */
    public static final int MAX_PARTITIONS = 64;

    /** Where the number of partitions is recorded. */
    public static final String PARTITION_COUNT = "sg:partitions";

    /** The consumer group of the aggregators, in every partition's stream. */
    public static final String GROUP = "aggregators";

    public Keyspace {
        if (partitions < 1 || partitions > MAX_PARTITIONS) {
            throw new IllegalArgumentException("partitions: " + partitions + ", must be 1 to " + MAX_PARTITIONS);
        }
    }

    /** The partition of a tenant, from 0. */
    public int partitionOf(TenantId tenant) {
        CRC32 crc = new CRC32();
        crc.update(tenant.bytes());
        return (int) (crc.getValue() % partitions);
    }

    /** Stream of accepted entries. */
    public String stream(int partition) {
        return "sg:{" + partition + "}:stream";
    }

    /** Hash of the partition's counters. */
    public String totals(int partition) {
        return "sg:{" + partition + "}:totals";
    }

    /** Stream of dead letters. */
    public String deadLetters(int partition) {
        return "sg:{" + partition + "}:dead";
    }

    /** Hash of a tenant's counters, epoch and rate. */
    public String tenantTotals(TenantId tenant) {
        return tenantPrefix(tenant) + "totals";
    }

    /** Hash from family name to family row. */
    public String families(TenantId tenant) {
        return tenantPrefix(tenant) + "families";
    }

    /** Hash from label text to stored value. */
    public String family(TenantId tenant, String name) {
        return tenantPrefix(tenant) + "f:" + name;
    }

    /** Stream of a tenant's own dead letters, without payloads. */
    public String tenantDeadLetters(TenantId tenant) {
        return tenantPrefix(tenant) + "dead";
    }

    /** Hash from reason to samples refused for it. */
    public String tenantRefusals(TenantId tenant) {
        return tenantPrefix(tenant) + "refused";
    }

    /** String with the number of the last flush of refusals that came from a process. */
    public String refusalFlush(int partition, String process) {
        return "sg:{" + partition + "}:flush:" + process;
    }

    /** String with the body's hash and the answer. */
    public String idempotency(TenantId tenant, String key) {
        return "sg:{" + partitionOf(tenant) + "}:idem:" + tenant + ":" + key;
    }

    /** Hash from tenant to its record: keys and limits. The directory of tenants is one, so it has a slot of its own. */
    public String tenantRecords() {
        return "sg:{tenants}:records";
    }

    /** Sorted set of tenants by the version of their last change, deleted ones too. */
    public String tenantsChanged() {
        return "sg:{tenants}:changed";
    }

    /** Sorted set of deleted tenants by the version of their deletion. */
    public String tenantsDeleted() {
        return "sg:{tenants}:deleted";
    }

    /** Hash of the directory's epoch, version and floor. */
    public String tenantsMeta() {
        return "sg:{tenants}:meta";
    }

    private String tenantPrefix(TenantId tenant) {
        return "sg:{" + partitionOf(tenant) + "}:t:" + tenant + ":";
    }
}
