package dev.streamgauge.server.access;

/** Whether a caller administers this installation. */
public sealed interface AdministratorAuthentication {

    /**
     * The caller does.
     *
     * @param by for the log: {@code admin-key}, or the id of a key
     */
    record Granted(String by) implements AdministratorAuthentication {}

    /** The caller does not. */
    record Denied(AccessError why) implements AdministratorAuthentication {}

    /** Nobody does: {@code streamgauge.auth.admin-key} is not set. */
    record Off() implements AdministratorAuthentication {}
}
