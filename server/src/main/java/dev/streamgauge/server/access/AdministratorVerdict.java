package dev.streamgauge.server.access;

/** Whether a caller administers this installation. */
public sealed interface AdministratorVerdict {

    /**
     * The caller does.
     *
     * @param by for the log: {@code admin-key}, or the id of a key
     */
    record Granted(String by) implements AdministratorVerdict {}

    /** The caller does not. */
    record Denied(Refused why) implements AdministratorVerdict {}

    /** Nobody does: {@code streamgauge.auth.admin-key} is not set. */
    record Off() implements AdministratorVerdict {}
}
