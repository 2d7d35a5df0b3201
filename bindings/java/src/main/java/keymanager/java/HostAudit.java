package keymanager.java;

/**
 * Keeps what happens (docs/access.md). It is called from whichever thread works, while no lock is held, and must not call the
 * library.
 */
public interface HostAudit {
    /**
     * Keeps an event, as durably as the host wants it: once this returns, it counts as recorded.
     *
     * @param event the event
     * @throws Exception it could not be kept; see {@link ManagerOptions#auditMayFail}
     */
    void record(HostAuditEvent event) throws Exception;

    /** Called once, when the library has no more use for this object. */
    default void release() {}
}
