package dev.streamgauge.server.access;

/** Whether a request comes from an administrator of this installation. */
public sealed interface AdministratorAuthentication {

    /**
     * The request comes from an administrator.
     *
     * @param by the key, for the log: {@code admin-key}, or the id of a tenant's key
     */
    record Granted(String by) implements AdministratorAuthentication {}

    /** The request does not come from an administrator, or this cannot be decided now. */
    record Denied(AccessError error) implements AdministratorAuthentication {}

    /** There is no administrator: {@code streamgauge.auth.admin-key} is not set. */
    record Off() implements AdministratorAuthentication {}
}
