package keymanager.java;

/**
 * Decides who may do what (docs/access.md). It is asked before a verb begins, while no lock is held, from whichever thread calls,
 * and must not call the library. An exception refuses, too, and becomes the cause.
 */
public interface HostAccess {
    /**
     * Whether the verb may begin.
     *
     * @param request what is asked about
     * @return whether
     * @throws Exception the decision could not be made
     */
    boolean decide(HostAccessRequest request) throws Exception;

    /** Called once, when the library has no more use for this object. */
    default void release() {}
}
