package dev.streamgauge.redis.protocol;

/** Something that may happen in the model; {@link Rules} says when, and what comes of it. Consumers are 0 and 1. */
sealed interface Action {

    /** What one consumer does by itself; the rest is done by clients, operators and mishaps. */
    sealed interface OfConsumer extends Action {
        int consumer();
    }

    /** Ingest runs the admission script for an entry: for the first time, or again. */
    record Admit(int entry, World.SampleType type) implements Action {}

    record CreateGroup(int consumer) implements OfConsumer {}

    /** Reads so many entries that no consumer has read. */
    record ReadNew(int consumer, int count) implements OfConsumer {}

    /** Reads a page of what it holds: leaves out so many, then takes so many. */
    record ReadOwn(int consumer, int skipped, int count) implements OfConsumer {}

    /** The fold call for a batch reaches Redis; it may do so again later. */
    record FoldArrives(int consumer, int run, int ids) implements OfConsumer {}

    /** The fold call for a batch reaches Redis, and fails after its first write. */
    record FoldFailsHalfway(int consumer, int run, int ids) implements Action {}

    /** The acknowledgement that follows a fold reaches Redis, where it is a command of its own. */
    record AcknowledgementArrives(int consumer, int run, int ids) implements OfConsumer {}

    /** A batch is dropped: as stale or answered, with its connection, or with its message. */
    record BatchIsDropped(int consumer, int run, int ids) implements OfConsumer {}

    /** Everything in a consumer's memory and on its connections is gone; what it holds stays pending. */
    record Crash(int consumer) implements Action {}

    /** Takes over an entry that another consumer holds. */
    record TakesOver(int consumer, int id) implements OfConsumer {}

    /** Removes the other consumer from the group. */
    record RemovesOther(int consumer) implements OfConsumer {}

    /** A tenant deletes the series of family F: the first step of that, which finds something waiting or not. */
    record DeleteSeries() implements Action {}

    /** The fence of the deletion's last step ends, as if its process were dead. */
    record FenceEnds() implements Action {}

    /** The deletion takes effect: the step that finds nothing waiting, taken by any process. */
    record DeletionTakesEffect(int consumer) implements OfConsumer {}

    record RemoveFamilyRow() implements Action {}

    /** So much time passes that what was last folded before it expires, unless something accepted before waits. */
    record TimePasses() implements Action {}

    /** A sweep checks series F, and removes it if it has expired; or only checks it, in a wrong protocol. */
    record Sweep(int consumer) implements OfConsumer {}

    /** A sweep removes what it saw before. */
    record SweepRemovesWhatItSaw(int consumer) implements OfConsumer {}

    /** A step of a reset removes both families with all they show. */
    record ResetRegistry() implements Action {}

    /** From now on the replica receives nothing. */
    record ReplicaFallsBehind() implements Action {}

    /** The replica takes Redis' place. */
    record Failover() implements Action {}
}
