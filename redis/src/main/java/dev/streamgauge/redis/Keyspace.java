package dev.streamgauge.redis;

import dev.streamgauge.core.tenant.TenantId;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * Names of all keys. A tenant lives in one partition, and all keys of a partition share a hash tag, so every script
 * stays in one slot of a Redis Cluster.
 *
 * @param partitions number of partitions, recorded in Redis at first start; it never changes
 * @param prefix what every key begins with: two installations with different ones share a Redis without meeting
 */
public record Keyspace(int partitions, String prefix) {

    /** Maximum number of partitions: one blocking read serves them all. */
    public static final int MAX_PARTITIONS = 64;

    /** What keys begin with where nothing else is configured. */
    public static final String DEFAULT_PREFIX = "sg";

    /**
     * What a prefix may be. A colon would let the keys of one installation lie among those of another, a brace would
     * change their slot, and an asterisk would mean other keys in a rule of Redis' access control.
     */
    public static final String PREFIX_PATTERN = "[a-zA-Z0-9._-]{1,64}";

    /** The consumer group of the aggregators, in every partition's stream. */
    public static final String GROUP = "aggregators";

    private static final Pattern PREFIX = Pattern.compile(PREFIX_PATTERN);

    public Keyspace {
        if (partitions < 1 || partitions > MAX_PARTITIONS) {
            throw new IllegalArgumentException("partitions: " + partitions + ", must be 1 to " + MAX_PARTITIONS);
        }
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException("prefix: '" + prefix + "', must be " + PREFIX_PATTERN);
        }
    }

    /** Under the default prefix. */
    public Keyspace(int partitions) {
        this(partitions, DEFAULT_PREFIX);
    }

    /** Where the number of partitions is recorded. */
    public String partitionCount() {
        return prefix + ":partitions";
    }

    /** The partition of a tenant, from 0. */
    public int partitionOf(TenantId tenant) {
        CRC32 crc = new CRC32();
        crc.update(tenant.bytes());
        return (int) (crc.getValue() % partitions);
    }

    /** Stream of accepted entries. */
    public String stream(int partition) {
        return partitionPrefix(partition) + "stream";
    }

    /** Hash of the partition's counters. */
    public String totals(int partition) {
        return partitionPrefix(partition) + "totals";
    }

    /** Stream of dead letters. */
    public String deadLetters(int partition) {
        return partitionPrefix(partition) + "dead";
    }

    /** Sorted set of the tenants that have series, by the Unix second from which on each is to be swept. */
    public String sweeps(int partition) {
        return partitionPrefix(partition) + "sweeps";
    }

    /** Sorted set of the larger tenants, by the bytes that each has in Redis. */
    public String sizes(int partition) {
        return partitionPrefix(partition) + "sizes";
    }

    /** Hash of a tenant's counters, epoch and rate. */
    public String tenantTotals(TenantId tenant) {
        return tenantPrefix(tenant) + "totals";
    }

    /** Hash from family name to family row. */
    public String families(TenantId tenant) {
        return tenantPrefix(tenant) + "families";
    }

    /** Hash from canonical labels to stored value. */
    public String family(TenantId tenant, String name) {
        return tenantPrefix(tenant) + "f:" + name;
    }

    /** Stream of a tenant's own dead letters, without payloads. */
    public String tenantDeadLetters(TenantId tenant) {
        return tenantPrefix(tenant) + "dead";
    }

    /** Hash from reason to samples rejected for it. The stored name is older than the term. */
    public String tenantRejections(TenantId tenant) {
        return tenantPrefix(tenant) + "refused";
    }

    /** String with the number of the last flush of rejections that came from a process. */
    public String rejectionFlush(int partition, String process) {
        return partitionPrefix(partition) + "flush:" + process;
    }

    /** String with the body's hash and the answer. */
    public String idempotency(TenantId tenant, String key) {
        return partitionPrefix(partitionOf(tenant)) + "idem:" + tenant + ":" + key;
    }

    /** Hash from tenant to its record: keys and limits. There is one directory of tenants, in a slot of its own. */
    public String tenantRecords() {
        return prefix + ":{tenants}:records";
    }

    /** Sorted set of tenants by the version of their last change, deleted ones too. */
    public String tenantsChanged() {
        return prefix + ":{tenants}:changed";
    }

    /** Sorted set of deleted tenants by the version of their deletion. */
    public String tenantsDeleted() {
        return prefix + ":{tenants}:deleted";
    }

    /** Hash of the directory's epoch, version and floor. */
    public String tenantsMeta() {
        return prefix + ":{tenants}:meta";
    }

    private String tenantPrefix(TenantId tenant) {
        return partitionPrefix(partitionOf(tenant)) + "t:" + tenant + ":";
    }

    private String partitionPrefix(int partition) {
        return prefix + ":{" + partition + "}:";
    }
}
