package dev.streamgauge.redis.protocol;

import static dev.streamgauge.redis.protocol.World.bit;
import static dev.streamgauge.redis.protocol.World.has;

import dev.streamgauge.redis.protocol.Protocol.Acknowledgement;
import dev.streamgauge.redis.protocol.Protocol.Atomicity;
import dev.streamgauge.redis.protocol.Protocol.Binding;
import dev.streamgauge.redis.protocol.Protocol.ConsumerRemoval;
import dev.streamgauge.redis.protocol.Protocol.GroupStart;
import dev.streamgauge.redis.protocol.Protocol.OwnEntries;
import dev.streamgauge.redis.protocol.Protocol.Registrations;
import dev.streamgauge.redis.protocol.Protocol.RegistryReset;
import dev.streamgauge.redis.protocol.Protocol.RowRemoval;
import dev.streamgauge.redis.protocol.Protocol.SeriesDeletion;
import dev.streamgauge.redis.protocol.Protocol.Sweep;
import dev.streamgauge.redis.protocol.Protocol.TakeOver;
import dev.streamgauge.redis.protocol.World.Deletion;
import dev.streamgauge.redis.protocol.World.SampleType;
import dev.streamgauge.redis.protocol.World.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What may happen, and what comes of it. A script is one action, since Redis runs nothing beside it.
 *
 * <p>Consumers here may read, fold, take over and drop at any moment and in any order, which is far more than the fold
 * loop does: so nothing depends on the loop's order, on idle times, or on which consumer gets which answer.
 *
 * @param protocol the choices made
 * @param scope what else happens in this world
 */
record Rules(Protocol protocol, Scope scope) {

    /** What happens besides admission, folding, crashes and taking over. */
    enum Scope {
        /** All samples are counters, and one consumer has at most one batch under way, to keep the world small. */
        FAILOVER(2, 1, true, false, false),
        /** Entry 3 may be a gauge. */
        DELETION(2, 2, false, true, false),
        /** Both of them, entry 3 may be a gauge, and each consumer has at most one batch under way. */
        FAILOVER_AND_DELETION(1, 1, true, true, false),
        /** Time passes, and entry 3 may be a gauge. */
        EXPIRY(2, 2, false, false, true);

        private final int maxBatches;
        private final int maxBatchesOfOther;
        private final boolean hasFailover;
        private final boolean hasDeletion;
        private final boolean hasExpiry;

        Scope(int maxBatches, int maxBatchesOfOther, boolean hasFailover, boolean hasDeletion, boolean hasExpiry) {
            this.maxBatches = maxBatches;
            this.maxBatchesOfOther = maxBatchesOfOther;
            this.hasFailover = hasFailover;
            this.hasDeletion = hasDeletion;
            this.hasExpiry = hasExpiry;
        }
    }

    /** Kinds of actions that this scope leaves out. */
    Set<Class<? extends Action>> kindsLeftOut() {
        return switch (scope) {
            case FAILOVER ->
                Set.of(
                        Action.DeleteSeries.class,
                        Action.FenceEnds.class,
                        Action.DeletionTakesEffect.class,
                        Action.RemoveFamilyRow.class,
                        Action.ResetRegistry.class,
                        Action.TimePasses.class,
                        Action.Sweep.class);
            case DELETION ->
                Set.of(
                        Action.RemoveFamilyRow.class, // it goes with the series
                        Action.ReplicaFallsBehind.class,
                        Action.Failover.class,
                        Action.TimePasses.class,
                        Action.Sweep.class);
            case FAILOVER_AND_DELETION ->
                Set.of(Action.RemoveFamilyRow.class, Action.TimePasses.class, Action.Sweep.class);
            case EXPIRY ->
                Set.of(
                        Action.DeleteSeries.class,
                        Action.FenceEnds.class,
                        Action.DeletionTakesEffect.class,
                        Action.ResetRegistry.class,
                        Action.ReplicaFallsBehind.class,
                        Action.Failover.class);
        };
    }

    /** All actions there are; few of them are possible in any one world. */
    List<Action> actions() {
        List<Action> actions = new ArrayList<>();
        for (int entry = 1; entry <= World.ENTRIES; entry++) {
            actions.add(new Action.Admit(entry, SampleType.COUNTER));
            actions.add(new Action.Admit(entry, SampleType.GAUGE));
        }
        for (int consumer = 0; consumer < World.CONSUMERS; consumer++) {
            addActionsOf(consumer, actions);
        }
        actions.add(new Action.DeleteSeries());
        actions.add(new Action.FenceEnds());
        actions.add(new Action.TimePasses());
        actions.add(new Action.RemoveFamilyRow());
        actions.add(new Action.ResetRegistry());
        actions.add(new Action.ReplicaFallsBehind());
        actions.add(new Action.Failover());
        return actions;
    }

    private static void addActionsOf(int consumer, List<Action> actions) {
        actions.add(new Action.CreateGroup(consumer));
        actions.add(new Action.Crash(consumer));
        actions.add(new Action.RemovesOther(consumer));
        actions.add(new Action.DeletionTakesEffect(consumer));
        actions.add(new Action.Sweep(consumer));
        actions.add(new Action.SweepRemovesWhatItSaw(consumer));
        for (int count = 1; count <= World.ENTRIES; count++) {
            actions.add(new Action.ReadNew(consumer, count));
            actions.add(new Action.TakesOver(consumer, count));
            for (int skipped = 0; skipped + count <= World.ENTRIES; skipped++) {
                actions.add(new Action.ReadOwn(consumer, skipped, count));
            }
        }
        for (int run = 0; run < World.RUNS; run++) {
            for (int ids = 1; ids < World.ID_SETS; ids++) {
                actions.add(new Action.FoldArrives(consumer, run, ids));
                actions.add(new Action.FoldFailsHalfway(consumer, run, ids));
                actions.add(new Action.AcknowledgementArrives(consumer, run, ids));
                actions.add(new Action.BatchIsDropped(consumer, run, ids));
            }
        }
    }

    /** Lets an action happen; false, and nothing changed, if it cannot happen or changes nothing. */
    boolean happens(Action action, World world) {
        return switch (action) {
            case Action.Admit(int entry, SampleType type) -> admit(world, entry, type);
            case Action.CreateGroup(int consumer) -> createGroup(world.redis);
            case Action.ReadNew(int consumer, int count) -> readNew(world, consumer, count);
            case Action.ReadOwn(int consumer, int skipped, int count) -> readOwn(world, consumer, skipped, count);
            case Action.FoldArrives(int consumer, int run, int ids) -> fold(world, consumer, run, ids);
            case Action.FoldFailsHalfway(int consumer, int run, int ids) -> foldHalf(world, consumer, run, ids);
            case Action.AcknowledgementArrives(int consumer, int run, int ids) ->
                acknowledge(world, consumer, run, ids);
            case Action.BatchIsDropped(int consumer, int run, int ids) -> drop(world, consumer, run, ids);
            case Action.Crash(int consumer) -> crash(world, consumer);
            case Action.TakesOver(int consumer, int id) -> takeOver(world.redis, consumer, id);
            case Action.RemovesOther(int consumer) -> removeOther(world.redis, consumer);
            case Action.DeleteSeries() -> deleteSeries(world);
            case Action.FenceEnds() -> fenceEnds(world.redis);
            case Action.DeletionTakesEffect(int consumer) -> deletionTakesEffect(world);
            case Action.TimePasses() -> timePasses(world);
            case Action.Sweep(int consumer) -> sweep(world, consumer);
            case Action.SweepRemovesWhatItSaw(int consumer) -> sweepRemovesWhatItSaw(world, consumer);
            case Action.RemoveFamilyRow() -> removeFamilyRow(world);
            case Action.ResetRegistry() -> resetRegistry(world);
            case Action.ReplicaFallsBehind() -> replicaFallsBehind(world);
            case Action.Failover() -> failover(world);
        };
    }

    // Admission: admit_requests.lua.

    private boolean admit(World world, int entry, SampleType type) {
        Store redis = world.redis;
        boolean isItsTurn = entry == 1 || world.typeOf[entry - 1] != SampleType.NONE;
        boolean isSameSample = world.typeOf[entry] == SampleType.NONE || world.typeOf[entry] == type;
        boolean isReplay = world.idOf(entry) > 0 && protocol.admission() == Protocol.Admission.ONCE_BY_IDEMPOTENCY_KEY;
        boolean mayBeGauge = entry == 3 && (scope.hasDeletion || scope.hasExpiry);
        boolean hasThatType = type == SampleType.COUNTER || mayBeGauge;
        if (!isItsTurn
                || !isSameSample
                || isReplay
                || !hasThatType
                || redis.lastId == World.ENTRIES
                || redis.isFenced) {
            return false;
        }
        if (World.isOfFamilyF(entry) && !register(world, type)) {
            return false;
        }
        redis.lastId++;
        redis.storedIds |= bit(redis.lastId);
        world.entryAt[world.run][redis.lastId] = entry;
        world.typeOf[entry] = type;
        world.admittedAt[entry] = world.now;
        return true;
    }

    /** Registers family F, unless ingest remembers it; false, and nothing changed, if it is of another type. */
    private static boolean register(World world, SampleType type) {
        SampleType known = world.rowKnown == SampleType.NONE ? world.redis.rowF : world.rowKnown;
        if (known != SampleType.NONE && known != type) {
            return false;
        }
        if (world.rowKnown == SampleType.NONE) {
            world.redis.rowF = type;
            storeSeriesF(world.redis);
        }
        world.rowKnown = type;
        return true;
    }

    // Reading: FoldConnection.createGroups, readNew, readOwn.

    private boolean createGroup(Store redis) {
        if (redis.hasGroup) {
            return false;
        }
        redis.hasGroup = true;
        redis.lastReadId = protocol.groupStart() == GroupStart.DOLLAR ? redis.lastId : 0;
        return true;
    }

    private boolean readNew(World world, int consumer, int count) {
        Store redis = world.redis;
        if (!redis.hasGroup || redis.lastReadId + count > redis.lastId || !hasRoom(world, consumer)) {
            return false;
        }
        int ids = 0;
        for (int i = 0; i < count; i++) {
            redis.lastReadId++;
            if (has(redis.storedIds, redis.lastReadId)) {
                redis.holder[redis.lastReadId] = consumer + 1;
                ids |= bit(redis.lastReadId);
            }
        }
        hold(world, consumer, ids);
        return true;
    }

    private boolean readOwn(World world, int consumer, int skipped, int count) {
        int held = world.redis.heldBy(consumer) & world.redis.storedIds;
        if (Integer.bitCount(held) < skipped + count
                || !hasRoom(world, consumer)
                || protocol.ownEntries() == OwnEntries.NEVER_READ_AGAIN) {
            return false;
        }
        for (int i = 0; i < skipped; i++) {
            held &= held - 1;
        }
        int ids = 0;
        for (int i = 0; i < count; i++) {
            ids |= Integer.lowestOneBit(held);
            held &= held - 1;
        }
        return hold(world, consumer, ids);
    }

    private boolean hasRoom(World world, int consumer) {
        return world.batchCount(consumer) < (consumer == 0 ? scope.maxBatches : scope.maxBatchesOfOther);
    }

    private static boolean hold(World world, int consumer, int ids) {
        int before = world.batches[consumer][world.run];
        if (ids != 0) {
            world.batches[consumer][world.run] |= bit(ids);
        }
        return world.batches[consumer][world.run] != before;
    }

    // Folding: fold_batch.lua.

    private boolean fold(World world, int consumer, int run, int ids) {
        if (!mayFold(world, consumer, run, ids)) {
            return false;
        }
        boolean isFolded = false;
        for (int id = 1; id <= World.ENTRIES; id++) {
            isFolded |= has(ids, id) && World.isOfFamilyF(world.entryAt[run][id]);
        }
        if (isFolded && isTakenForExpired(world)) {
            expireValue(world); // it starts again
        }
        for (int id = 1; id <= World.ENTRIES; id++) {
            if (has(ids, id)) {
                count(world, world.entryAt[run][id]);
            }
        }
        if (isFolded) {
            storeSeriesF(world.redis);
            world.redis.lastFoldF = world.now;
        }
        if (protocol.acknowledgement() == Acknowledgement.IN_THE_SCRIPT) {
            acknowledge(world.redis, ids);
        } else {
            world.acknowledgements[consumer][run] |= bit(ids);
        }
        return true;
    }

    private boolean foldHalf(World world, int consumer, int run, int ids) {
        if (protocol.atomicity() == Atomicity.ALL_OR_NOTHING || !mayFold(world, consumer, run, ids)) {
            return false;
        }
        count(world, world.entryAt[run][Integer.numberOfTrailingZeros(ids) + 1]);
        return true;
    }

    private boolean mayFold(World world, int consumer, int run, int ids) {
        boolean isOnItsServer = run == world.run || protocol.binding() == Binding.ANY_SERVER;
        return has(world.batches[consumer][run], ids)
                && isOnItsServer
                && world.redis.hasGroup
                && passesCheck(world.redis, consumer, ids)
                && !mustWaitForDeletion(world.redis, ids);
    }

    private boolean passesCheck(Store redis, int consumer, int ids) {
        int ours = redis.heldBy(consumer);
        return switch (protocol.check()) {
            case EVERY_ID_IS_OURS -> (ids & ours) == ids;
            case EVERY_ID_IS_PENDING -> (ids & (redis.heldBy(0) | redis.heldBy(1))) == ids;
            case COUNT_OF_IDS -> {
                int lowest = Integer.lowestOneBit(ids);
                int range = (Integer.highestOneBit(ids) << 1) - lowest;
                yield Integer.bitCount(ours & range) == Integer.bitCount(ids);
            }
            case FIRST_ID -> (Integer.lowestOneBit(ids) & ours) != 0;
            case ANY_ID -> (ids & ours) != 0;
            case NOTHING -> true;
        };
    }

    private boolean mustWaitForDeletion(Store redis, int ids) {
        return protocol.seriesDeletion() == SeriesDeletion.AFTER_OLDER_AND_BEFORE_NEWER
                && redis.deletion == Deletion.NOTED
                && ids >> redis.deletedUpToId != 0;
    }

    private static void count(World world, int entry) {
        world.redis.counted[entry] = Math.min(2, world.redis.counted[entry] + 1);
    }

    /** XACK, which does not check the entry's consumer, and XDEL. */
    private static void acknowledge(Store redis, int ids) {
        redis.storedIds &= ~ids;
        for (int id = 1; id <= World.ENTRIES; id++) {
            if (has(ids, id)) {
                redis.holder[id] = 0;
            }
        }
    }

    private boolean acknowledge(World world, int consumer, int run, int ids) {
        if (!has(world.acknowledgements[consumer][run], ids)) {
            return false;
        }
        world.acknowledgements[consumer][run] &= ~bit(ids);
        acknowledge(world.redis, ids);
        return true;
    }

    // Mishaps, and what comes after them: FoldLoop, claim_entries.lua, remove_consumer.lua.

    private static boolean drop(World world, int consumer, int run, int ids) {
        if (!has(world.batches[consumer][run], ids)) {
            return false;
        }
        world.batches[consumer][run] &= ~bit(ids);
        return true;
    }

    private static boolean crash(World world, int consumer) {
        if (world.batchCount(consumer) == 0) {
            return false;
        }
        world.batches[consumer][0] = 0;
        world.batches[consumer][1] = 0;
        return true;
    }

    private boolean takeOver(Store redis, int consumer, int id) {
        int other = 1 - consumer;
        if (protocol.takeOver() == TakeOver.NO_CLAIM || !has(redis.heldBy(other), id)) {
            return false;
        }
        // An entry deleted from outside would be acknowledged and counted as lost; the model has no such entry.
        redis.holder[id] = consumer + 1;
        return true;
    }

    private boolean removeOther(Store redis, int consumer) {
        int held = redis.heldBy(1 - consumer);
        if (held == 0 || protocol.consumerRemoval() == ConsumerRemoval.WHEN_IT_HOLDS_NOTHING) {
            return false; // removing a consumer that holds nothing changes nothing here
        }
        for (int id = 1; id <= World.ENTRIES; id++) {
            if (has(held, id)) {
                redis.holder[id] = 0;
            }
        }
        return true;
    }

    /** Puts series F into its family, if it is not there. */
    private static void storeSeriesF(Store redis) {
        if (!redis.isStoredF) {
            redis.isStoredF = true;
            redis.seriesCount++;
        }
    }

    private static void removeSeriesF(Store redis) {
        if (redis.isStoredF) {
            redis.isStoredF = false;
            redis.seriesCount--;
        }
    }

    // Deletion: remove_series.lua, and its callers, step by step.

    private boolean deleteSeries(World world) {
        Store redis = world.redis;
        if (!scope.hasDeletion || redis.deletion != Deletion.NONE) {
            return false;
        }
        redis.deletion = Deletion.NOTED;
        redis.deletedUpToId = redis.lastId;
        redis.isFenced = protocol.seriesDeletion() == SeriesDeletion.FENCED_AND_DRAINED;
        // What nothing older stands against takes effect in the same script.
        boolean isForced = protocol.seriesDeletion() == SeriesDeletion.AT_ONCE
                || protocol.seriesDeletion() == SeriesDeletion.FENCED_AND_NOT_DRAINED;
        if (redis.storedIds == 0 || isForced) {
            deleteValue(world);
        }
        return true;
    }

    private static boolean fenceEnds(Store redis) {
        boolean wasFenced = redis.isFenced;
        redis.isFenced = false;
        return wasFenced;
    }

    private boolean deletionTakesEffect(World world) {
        Store redis = world.redis;
        int waiting = switch (protocol.seriesDeletion()) {
            case FENCED_AND_DRAINED, FENCED_AND_NOT_DRAINED, DRAINED_WITHOUT_FENCE -> redis.storedIds;
            case AFTER_OLDER_AND_BEFORE_NEWER, AFTER_OLDER, AT_ONCE ->
                redis.storedIds & (bit(redis.deletedUpToId + 1) - 1);
        };
        if (redis.deletion != Deletion.NOTED || waiting != 0) {
            return false;
        }
        if (protocol.seriesDeletion() == SeriesDeletion.FENCED_AND_DRAINED && !redis.isFenced) {
            redis.deletedUpToId = redis.lastId; // what came after the fence had ended may be deleted, too
        }
        deleteValue(world);
        return true;
    }

    private void deleteValue(World world) {
        Store redis = world.redis;
        redis.deletion = Deletion.DONE;
        redis.isFenced = false;
        for (int entry = 1; entry <= World.ENTRIES; entry++) {
            if (World.isOfFamilyF(entry) && redis.counted[entry] > 0) {
                redis.counted[entry] = 0;
                redis.removedEntries |= bit(entry);
            }
        }
        removeSeriesF(redis);
        if (protocol.seriesDeletion() == SeriesDeletion.FENCED_AND_DRAINED) {
            removeRow(world); // the family has no other series
        }
    }

    /** Removes the row of family F, which shows no series any more. */
    private boolean removeFamilyRow(World world) {
        Store redis = world.redis;
        boolean isEmpty = redis.counted[1] == 0 && redis.counted[3] == 0;
        boolean isDrained = redis.storedIds == 0 || protocol.rowRemoval() == RowRemoval.WHEN_NOTHING_IS_SHOWN;
        boolean mayHappen = scope.hasDeletion || scope.hasExpiry;
        if (!mayHappen || redis.rowF == SampleType.NONE || !isEmpty || !isDrained) {
            return false;
        }
        removeRow(world);
        return true;
    }

    private void removeRow(World world) {
        world.redis.rowF = SampleType.NONE;
        removeSeriesF(world.redis);
        beginEpoch(world);
    }

    private void beginEpoch(World world) {
        if (protocol.registrations() != Registrations.FOREVER) {
            world.rowKnown = SampleType.NONE; // admission compares it
        }
    }

    /** A reset. It is the only deletion of a world, as it is of series F what a deletion is. */
    private boolean resetRegistry(World world) {
        Store redis = world.redis;
        boolean isDrained = redis.storedIds == 0 || protocol.registryReset() == RegistryReset.ANY_TIME;
        if (!scope.hasDeletion || redis.deletion == Deletion.DONE || !isDrained || redis.lastId == 0) {
            return false;
        }
        redis.deletedUpToId = redis.lastId;
        redis.deletion = Deletion.DONE;
        redis.isFenced = false;
        for (int entry = 1; entry <= World.ENTRIES; entry++) {
            if (redis.counted[entry] > 0) {
                redis.counted[entry] = 0;
                redis.removedEntries |= bit(entry);
            }
        }
        removeRow(world);
        return true;
    }

    // Expiry: fold_batch.lua, sweep_series.lua.

    private boolean timePasses(World world) {
        if (!scope.hasExpiry || world.now == 1) {
            return false;
        }
        world.now = 1;
        return true;
    }

    private boolean isTakenForExpired(World world) {
        return switch (protocol.expiry()) {
            case BY_WATERMARK -> world.isExpiredF();
            case BY_NOW -> world.hasValueF() && world.now > world.redis.lastFoldF;
        };
    }

    /** Forgets what is counted in series F. If it has not expired, that is a loss. */
    private static void expireValue(World world) {
        Store redis = world.redis;
        boolean hasExpired = world.isExpiredF();
        for (int entry = 1; entry <= World.ENTRIES; entry++) {
            if (World.isOfFamilyF(entry) && redis.counted[entry] > 0) {
                redis.counted[entry] = 0;
                redis.expiredEntries |= hasExpired ? bit(entry) : 0;
            }
        }
    }

    private boolean sweep(World world, int consumer) {
        if (!scope.hasExpiry || !isTakenForExpired(world)) {
            return false;
        }
        if (protocol.sweep() == Sweep.WHAT_HAD_EXPIRED_WHEN_IT_LOOKED) {
            boolean isNew = !has(world.sweepsThatSaw, consumer + 1);
            world.sweepsThatSaw |= bit(consumer + 1);
            return isNew;
        }
        removeExpired(world);
        return true;
    }

    private boolean sweepRemovesWhatItSaw(World world, int consumer) {
        if (!has(world.sweepsThatSaw, consumer + 1)) {
            return false;
        }
        world.sweepsThatSaw &= ~bit(consumer + 1);
        removeExpired(world);
        return true;
    }

    private void removeExpired(World world) {
        expireValue(world);
        removeSeriesF(world.redis);
        beginEpoch(world);
    }

    // Failover to a replica that lacks the newest writes.

    private boolean replicaFallsBehind(World world) {
        if (!scope.hasFailover || world.isReplicaBehind || world.run == 1) {
            return false;
        }
        world.isReplicaBehind = true;
        world.replica = World.unpacked(world.packed()).redis;
        return true;
    }

    private boolean failover(World world) {
        if (!world.isReplicaBehind) {
            return false;
        }
        world.redis = world.replica;
        world.replica = new Store();
        world.isReplicaBehind = false;
        world.run = 1;
        System.arraycopy(world.entryAt[0], 0, world.entryAt[1], 0, world.redis.lastId + 1);
        if (protocol.registrations() == Registrations.FOR_AN_EPOCH_OF_ONE_SERVER) {
            world.rowKnown = SampleType.NONE;
        }
        if (protocol.binding() == Binding.SERVER_IT_WAS_READ_FROM) {
            for (int consumer = 0; consumer < World.CONSUMERS; consumer++) {
                crash(world, consumer); // their connections end with the server
            }
        }
        return true;
    }
}
