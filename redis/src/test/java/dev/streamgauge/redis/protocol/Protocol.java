package dev.streamgauge.redis.protocol;

/**
 * The choices that make up a protocol. {@link #REAL} is the one to keep to; {@link #realBut} changes one choice.
 *
 * <p>The product makes all choices as {@code REAL} does.
 */
record Protocol(
        Check check,
        Acknowledgement acknowledgement,
        GroupStart groupStart,
        Binding binding,
        OwnEntries ownEntries,
        TakeOver takeOver,
        ConsumerRemoval consumerRemoval,
        Atomicity atomicity,
        Admission admission,
        SeriesDeletion seriesDeletion,
        Expiry expiry,
        Sweep sweep,
        RowRemoval rowRemoval,
        RegistryReset registryReset,
        Registrations registrations) {

    /** What the fold script compares before it changes anything. */
    enum Check {
        EVERY_ID_IS_OURS,
        EVERY_ID_IS_PENDING,
        COUNT_OF_IDS,
        FIRST_ID,
        ANY_ID,
        NOTHING
    }

    /** When the entries of a batch are acknowledged and deleted. */
    enum Acknowledgement {
        IN_THE_SCRIPT,
        IN_A_SECOND_COMMAND
    }

    /** From where a new group reads. */
    enum GroupStart {
        ZERO,
        DOLLAR
    }

    /** Where a batch may be folded. */
    enum Binding {
        SERVER_IT_WAS_READ_FROM,
        ANY_SERVER
    }

    /** Whether a consumer that dropped a batch reads again what it holds. */
    enum OwnEntries {
        READ_AGAIN,
        NEVER_READ_AGAIN
    }

    /** Whether consumers take over what another one left. */
    enum TakeOver {
        CLAIM,
        NO_CLAIM
    }

    /** When a consumer is removed from the group. */
    enum ConsumerRemoval {
        WHEN_IT_HOLDS_NOTHING,
        ANY_TIME
    }

    /** Whether a fold can fail between its writes. */
    enum Atomicity {
        ALL_OR_NOTHING,
        MAY_FAIL_HALFWAY
    }

    /** What a repeated admission does. */
    enum Admission {
        ONCE_BY_IDEMPOTENCY_KEY,
        EACH_TIME
    }

    /** When a deletion of a series takes effect. Without a fence, it notes the stream's last id. */
    enum SeriesDeletion {
        /** Once nothing waits; until then the tenant is fenced, unless the fence has ended. */
        FENCED_AND_DRAINED,
        /** Once nothing waits; pushes go on. */
        DRAINED_WITHOUT_FENCE,
        /** The tenant is fenced, and waiting entries are ignored. */
        FENCED_AND_NOT_DRAINED,
        /** Once everything up to that id is folded; until then nothing newer of the tenant is folded. */
        AFTER_OLDER_AND_BEFORE_NEWER,
        /** Once everything up to that id is folded; newer entries may be folded before. */
        AFTER_OLDER,
        AT_ONCE
    }

    /** Which series a fold and a sweep take for expired. */
    enum Expiry {
        /** Those that were due when the oldest entry was admitted that waits, or are due now if none does. */
        BY_WATERMARK,
        /** Those that are due now. */
        BY_NOW
    }

    /** What a sweep removes. */
    enum Sweep {
        WHAT_HAS_EXPIRED_WHEN_IT_REMOVES,
        WHAT_HAD_EXPIRED_WHEN_IT_LOOKED
    }

    /** When a family's row is removed. */
    enum RowRemoval {
        WHEN_BACKLOG_IS_ZERO,
        WHEN_NOTHING_IS_SHOWN
    }

    /** When the registry of a tenant is removed, rows and values, with a new epoch. */
    enum RegistryReset {
        WHEN_BACKLOG_IS_ZERO,
        ANY_TIME
    }

    /** How long ingest believes that a family, once seen, is registered. */
    enum Registrations {
        /** Until the tenant's epoch changes, or it talks to another server. */
        FOR_AN_EPOCH_OF_ONE_SERVER,
        FOR_AN_EPOCH,
        FOREVER
    }

    static final Protocol REAL = new Protocol(
            Check.EVERY_ID_IS_OURS,
            Acknowledgement.IN_THE_SCRIPT,
            GroupStart.ZERO,
            Binding.SERVER_IT_WAS_READ_FROM,
            OwnEntries.READ_AGAIN,
            TakeOver.CLAIM,
            ConsumerRemoval.WHEN_IT_HOLDS_NOTHING,
            Atomicity.ALL_OR_NOTHING,
            Admission.ONCE_BY_IDEMPOTENCY_KEY,
            SeriesDeletion.FENCED_AND_DRAINED,
            Expiry.BY_WATERMARK,
            Sweep.WHAT_HAS_EXPIRED_WHEN_IT_REMOVES,
            RowRemoval.WHEN_BACKLOG_IS_ZERO,
            RegistryReset.WHEN_BACKLOG_IS_ZERO,
            Registrations.FOR_AN_EPOCH_OF_ONE_SERVER);

    /** The real protocol with one choice made otherwise: any constant of the enums above. */
    static Protocol realBut(Enum<?> choice) {
        return new Protocol(
                choice instanceof Check other ? other : REAL.check,
                choice instanceof Acknowledgement other ? other : REAL.acknowledgement,
                choice instanceof GroupStart other ? other : REAL.groupStart,
                choice instanceof Binding other ? other : REAL.binding,
                choice instanceof OwnEntries other ? other : REAL.ownEntries,
                choice instanceof TakeOver other ? other : REAL.takeOver,
                choice instanceof ConsumerRemoval other ? other : REAL.consumerRemoval,
                choice instanceof Atomicity other ? other : REAL.atomicity,
                choice instanceof Admission other ? other : REAL.admission,
                choice instanceof SeriesDeletion other ? other : REAL.seriesDeletion,
                choice instanceof Expiry other ? other : REAL.expiry,
                choice instanceof Sweep other ? other : REAL.sweep,
                choice instanceof RowRemoval other ? other : REAL.rowRemoval,
                choice instanceof RegistryReset other ? other : REAL.registryReset,
                choice instanceof Registrations other ? other : REAL.registrations);
    }
}
