package keymanager.java;

/** A {@link HostAccess} or a {@link HostAudit} as the library calls it. */
final class WatchCallback extends Callback {
    /** {@code access_refused} in the error table. */
    private static final int REFUSED = 5017;
    /** {@code audit_failed} in the error table. */
    private static final int FAILED = 7017;

    /** What is done with a request. */
    private interface Work {
        void run(Wire.Reader request, Wire.Writer out) throws Exception;
    }

    private final Work work;
    private final Runnable release;

    private WatchCallback(Thrown thrown, int unavailable, Work work, Runnable release) {
        super(thrown, unavailable);
        this.work = work;
        this.release = release;
    }

    /** Null for null. */
    static WatchCallback access(HostAccess access, Thrown thrown) {
        return access == null ? null : new WatchCallback(
                thrown, REFUSED, (request, out) -> out.bool(access.decide(new HostAccessRequest(request))), access::release);
    }

    /** Null for null. */
    static WatchCallback audit(HostAudit audit, Thrown thrown) {
        return audit == null ? null : new WatchCallback(
                thrown, FAILED, (request, out) -> audit.record(new HostAuditEvent(request)), audit::release);
    }

    @Override
    void answer(int method, Wire.Reader request, Wire.Writer out) throws Exception {
        work.run(request, out);
    }

    @Override
    void release() {
        release.run();
    }
}
