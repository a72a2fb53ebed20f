package dev.streamgauge.redis.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything that exists at one moment: Redis, the replica that may take its place, and the batches that consumers
 * hold.
 *
 * <p>A batch is in a consumer's memory or on the wire, which makes no difference: either way it may reach Redis later,
 * several times, or never. It is no more than ids and the server run they were read from; what the entries held then is
 * what that run gave these ids.
 *
 * <p>Small numbers name everything: entries 1 to 3, in the order of their first admission, and stream ids 1 to 3, in
 * the order of appending. They are the same until a failover, after which an id may mean another entry. Entries 1 and 3
 * are samples of one series of family F; entry 2 is one of family G of the same tenant.
 */
final class World {

    static final int ENTRIES = 3;
    static final int CONSUMERS = 2;
    static final int RUNS = 2;

    /** All sets of ids that a batch may have, as bit sets: bit 0 is id 1. */
    static final int ID_SETS = 1 << ENTRIES;

    private static final int FAMILY_F = 0b101; // entries 1 and 3

    /** How far the only deletion of series F has come. */
    enum Deletion {
        NONE,
        NOTED,
        DONE
    }

    /** What a family's row says, or a sample's type; NONE is no row, or not yet admitted. */
    enum SampleType {
        NONE,
        COUNTER,
        GAUGE
    }

    /** What a Redis server stores, all of it subject to replication. */
    static final class Store {
        int lastId;
        boolean hasGroup;
        int lastReadId;
        int storedIds;
        final int[] holder = new int[ENTRIES + 1]; // by id; 0 for no consumer, else the consumer's number + 1
        final int[] counted = new int[ENTRIES + 1]; // by entry: how often it is in the values shown
        int removedEntries; // counted once, and deleted with their series
        SampleType rowF = SampleType.NONE;
        Deletion deletion = Deletion.NONE;
        int deletedUpToId;
        boolean isFenced; // pushes are rejected
        int lastFoldF; // when family F was folded last: 0 before the time has passed, 1 after
        int expiredEntries; // counted once, and gone with a series that had expired
        boolean isStoredF; // series F is there, registered or with a value
        int seriesCount; // the tenant's counter of series; only F's series comes and goes

        /** Whether an id's entry will still be given to a consumer, or is held by one. */
        boolean isWaiting(int id) {
            return id <= lastId && has(storedIds, id) && (holder[id] != 0 || !hasGroup || id > lastReadId);
        }

        /** Ids that a consumer holds, as a bit set. */
        int heldBy(int consumer) {
            int held = 0;
            for (int id = 1; id <= lastId; id++) {
                if (holder[id] == consumer + 1) {
                    held |= bit(id);
                }
            }
            return held;
        }
    }

    Store redis = new Store();
    Store replica = new Store();
    boolean isReplicaBehind; // it has stopped to receive what Redis writes
    int run; // 1 after the failover
    int now; // 1 after the time has passed
    final int[] admittedAt = new int[ENTRIES + 1]; // by entry
    int sweepsThatSaw; // consumers whose sweep saw series F expired, as a bit set
    final int[][] entryAt = new int[RUNS][ENTRIES + 1]; // by run and id
    final SampleType[] typeOf = {SampleType.NONE, SampleType.NONE, SampleType.NONE, SampleType.NONE}; // by entry
    SampleType rowKnown = SampleType.NONE; // what ingest remembers of family F's row
    final int[][] batches = new int[CONSUMERS][RUNS]; // a set of id sets: bit s - 1 is the batch of id set s
    final int[][] acknowledgements = new int[CONSUMERS][RUNS]; // alike; sent after a fold, by some wrong protocols

    static int bit(int number) {
        return 1 << (number - 1);
    }

    static boolean has(int set, int number) {
        return (set & bit(number)) != 0;
    }

    static boolean isOfFamilyF(int entry) {
        return has(FAMILY_F, entry);
    }

    /** The id of an entry in the history that survives; 0 if it is not in it. */
    int idOf(int entry) {
        for (int id = 1; id <= redis.lastId; id++) {
            if (entryAt[run][id] == entry) {
                return id;
            }
        }
        return 0;
    }

    /** Batches that a consumer has under way. */
    int batchCount(int consumer) {
        return Integer.bitCount(batches[consumer][0]) + Integer.bitCount(batches[consumer][1]);
    }

    /** What is wrong, if anything is. */
    Optional<String> badness() {
        for (int entry = 1; entry <= ENTRIES; entry++) {
            int id = idOf(entry);
            if (redis.counted[entry] > 1) {
                return Optional.of("entry " + entry + " is counted twice");
            }
            if (id == 0 && redis.counted[entry] > 0) {
                return Optional.of("entry " + entry + " is counted, but another one was admitted in its place");
            }
            boolean isRemoved = has(redis.removedEntries, entry);
            boolean isGone = isRemoved || has(redis.expiredEntries, entry);
            if (isGone && redis.counted[entry] > 0) {
                return Optional.of("entry " + entry + " came back");
            }
            if (id > 0 && !redis.isWaiting(id) && redis.counted[entry] == 0 && !isGone) {
                return Optional.of("entry " + entry + " is lost");
            }
            if (isRemoved && id > redis.deletedUpToId) {
                return Optional.of("entry " + entry + " is newer than the deletion that removed it");
            }
            boolean isDeleted = redis.deletion == Deletion.DONE && isOfFamilyF(entry) && id <= redis.deletedUpToId;
            if (id > 0 && isDeleted && redis.counted[entry] > 0) {
                return Optional.of("entry " + entry + " brought a deleted series back");
            }
            if (id > 0 && isOfFamilyF(entry) && !isGone && redis.rowF != typeOf[entry]) {
                return Optional.of(
                        "entry " + entry + " is a " + typeOf[entry] + ", the row of its family says " + redis.rowF);
            }
        }
        if (redis.seriesCount != (redis.isStoredF ? 1 : 0)) {
            return Optional.of("the counter of series says " + redis.seriesCount);
        }
        return Optional.empty();
    }

    /**
     * Whether series F has expired: what was accepted of the tenant is folded up to a time at which that was due. An
     * outage of all consumers expires nothing.
     */
    boolean isExpiredF() {
        return hasValueF() && watermark() > redis.lastFoldF;
    }

    /** Whether something is counted in series F. */
    boolean hasValueF() {
        return redis.counted[1] > 0 || redis.counted[3] > 0;
    }

    /** Up to when everything accepted is folded: now, or when the oldest entry that waits was admitted. */
    private int watermark() {
        for (int id = 1; id <= redis.lastId; id++) {
            if (has(redis.storedIds, id)) {
                return admittedAt[entryAt[run][id]];
            }
        }
        return now;
    }

    /** Whether nothing is left to be done. */
    boolean isSettled() {
        for (int id = 1; id <= redis.lastId; id++) {
            if (redis.isWaiting(id)) {
                return false;
            }
        }
        return redis.deletion != Deletion.NOTED;
    }

    /** The world in so few bits that millions of them can be remembered. */
    record Packed(long store, long replica, long batches, long acknowledgements, long rest) {

        /** A record's own would add the longs up nearly unmixed, and so put most worlds into few places of a map. */
        @Override
        public int hashCode() {
            long hash = store;
            for (long next : new long[] {replica, batches, acknowledgements, rest}) {
                hash = (hash ^ hash >>> 32) * 0x9E3779B97F4A7C15L + next;
            }
            hash = (hash ^ hash >>> 32) * 0x9E3779B97F4A7C15L;
            return (int) (hash >>> 32);
        }
    }

    Packed packed() {
        Bits first = new Bits(0);
        Bits second = new Bits(0);
        Bits third = new Bits(0);
        Bits fourth = new Bits(0);
        Bits fifth = new Bits(0);
        pack(redis, first);
        pack(replica, second);
        for (int consumer = 0; consumer < CONSUMERS; consumer++) {
            for (int of = 0; of < RUNS; of++) {
                third.put(batches[consumer][of], ID_SETS - 1);
                fourth.put(acknowledgements[consumer][of], ID_SETS - 1);
            }
        }
        fifth.put(isReplicaBehind ? 1 : 0, 1);
        fifth.put(run, 1);
        fifth.putConstant(rowKnown);
        fifth.put(now, 1);
        fifth.put(sweepsThatSaw, CONSUMERS);
        for (int number = 1; number <= ENTRIES; number++) {
            fifth.put(admittedAt[number], 1);
            fifth.putConstant(typeOf[number]);
            fifth.put(entryAt[0][number], 2);
            fifth.put(entryAt[1][number], 2);
        }
        return new Packed(first.bits, second.bits, third.bits, fourth.bits, fifth.bits);
    }

    private static void pack(Store store, Bits bits) {
        bits.put(store.lastId, 2);
        bits.put(store.hasGroup ? 1 : 0, 1);
        bits.put(store.lastReadId, 2);
        bits.put(store.storedIds, ENTRIES);
        bits.put(store.removedEntries, ENTRIES);
        bits.putConstant(store.rowF);
        bits.putConstant(store.deletion);
        bits.put(store.deletedUpToId, 2);
        bits.put(store.isFenced ? 1 : 0, 1);
        bits.put(store.lastFoldF, 1);
        bits.put(store.expiredEntries, ENTRIES);
        bits.put(store.seriesCount, 2);
        bits.put(store.isStoredF ? 1 : 0, 1);
        for (int number = 1; number <= ENTRIES; number++) {
            bits.put(store.holder[number], 2);
            bits.put(store.counted[number], 2);
        }
    }

    static World unpacked(Packed packed) {
        World world = new World();
        world.redis = unpackedStore(new Bits(packed.store));
        world.replica = unpackedStore(new Bits(packed.replica));
        Bits third = new Bits(packed.batches);
        Bits fourth = new Bits(packed.acknowledgements);
        for (int consumer = 0; consumer < CONSUMERS; consumer++) {
            for (int of = 0; of < RUNS; of++) {
                world.batches[consumer][of] = third.take(ID_SETS - 1);
                world.acknowledgements[consumer][of] = fourth.take(ID_SETS - 1);
            }
        }
        Bits fifth = new Bits(packed.rest);
        world.isReplicaBehind = fifth.take(1) == 1;
        world.run = fifth.take(1);
        world.rowKnown = TYPES[fifth.take(2)];
        world.now = fifth.take(1);
        world.sweepsThatSaw = fifth.take(CONSUMERS);
        for (int number = 1; number <= ENTRIES; number++) {
            world.admittedAt[number] = fifth.take(1);
            world.typeOf[number] = TYPES[fifth.take(2)];
            world.entryAt[0][number] = fifth.take(2);
            world.entryAt[1][number] = fifth.take(2);
        }
        return world;
    }

    private static final SampleType[] TYPES = SampleType.values();
    private static final Deletion[] DELETIONS = Deletion.values();

    private static Store unpackedStore(Bits bits) {
        Store store = new Store();
        store.lastId = bits.take(2);
        store.hasGroup = bits.take(1) == 1;
        store.lastReadId = bits.take(2);
        store.storedIds = bits.take(ENTRIES);
        store.removedEntries = bits.take(ENTRIES);
        store.rowF = TYPES[bits.take(2)];
        store.deletion = DELETIONS[bits.take(2)];
        store.deletedUpToId = bits.take(2);
        store.isFenced = bits.take(1) == 1;
        store.lastFoldF = bits.take(1);
        store.expiredEntries = bits.take(ENTRIES);
        store.seriesCount = bits.take(2);
        store.isStoredF = bits.take(1) == 1;
        for (int number = 1; number <= ENTRIES; number++) {
            store.holder[number] = bits.take(2);
            store.counted[number] = bits.take(2);
        }
        return store;
    }

    /** Numbers of a few bits each, one after the other. */
    private static final class Bits {
        private long bits;
        private int position;

        private Bits(long bits) {
            this.bits = bits;
        }

        private void put(int value, int width) {
            bits |= (long) value << position;
            position += width;
        }

        @SuppressWarnings("EnumOrdinal") // packed and unpacked by the same process
        private void putConstant(Enum<?> value) {
            put(value.ordinal(), 2);
        }

        private int take(int width) {
            int value = (int) (bits >>> position) & ((1 << width) - 1);
            position += width;
            return value;
        }
    }

    /** A set of ids in words, such as {@code {1,3}}. */
    static String words(int ids) {
        List<String> words = new ArrayList<>();
        for (int id = 1; id <= ENTRIES; id++) {
            if (has(ids, id)) {
                words.add(String.valueOf(id));
            }
        }
        return "{" + String.join(",", words) + "}";
    }
}
