package keymanager.java;

import java.util.Arrays;
import java.util.Objects;

/** What {@link KeyManager#open} opens. Closing it wipes the copies of secrets in its choices. */
public final class ManagerOptions implements AutoCloseable {
    private final StoreChoice store;
    private final MasterChoice master;
    private boolean create;
    private String caller;
    private String config;
    private HostAccess access;
    private HostAudit audit;
    private boolean auditMayFail;

    /**
     * What is there already, with the default configuration, without a caller, for everybody.
     *
     * @param store where records are kept
     * @param master where master keys are kept
     */
    public ManagerOptions(StoreChoice store, MasterChoice master) {
        this.store = Objects.requireNonNull(store, "store");
        this.master = Objects.requireNonNull(master, "master");
    }

    /**
     * Sets whether the embedded store and the key file are made new. A database, a token and a host make their own.
     *
     * @param create whether; {@code already_exists} or {@code output_exists} when they are there
     * @return this
     */
    public ManagerOptions create(boolean create) {
        this.create = create;
        return this;
    }

    /**
     * Sets the name that policies with a list of users are compared with.
     *
     * @param caller the name
     * @return this
     */
    public ManagerOptions caller(String caller) {
        this.caller = Objects.requireNonNull(caller, "caller");
        return this;
    }

    /**
     * Sets the text of a {@code keymanager.toml} (docs/configuration.md); what it says about places is not used.
     *
     * @param config the text
     * @return this
     */
    public ManagerOptions config(String config) {
        this.config = Objects.requireNonNull(config, "config");
        return this;
    }

    /**
     * Sets who decides about each verb; otherwise everybody may do everything.
     *
     * @param access who decides
     * @return this
     */
    public ManagerOptions access(HostAccess access) {
        this.access = Objects.requireNonNull(access, "access");
        return this;
    }

    /**
     * Sets who keeps what happens.
     *
     * @param audit who keeps it
     * @return this
     */
    public ManagerOptions audit(HostAudit audit) {
        this.audit = Objects.requireNonNull(audit, "audit");
        return this;
    }

    /**
     * Sets whether a verb goes on when what happens cannot be kept; otherwise it does not begin.
     *
     * @param auditMayFail whether
     * @return this
     */
    public ManagerOptions auditMayFail(boolean auditMayFail) {
        this.auditMayFail = auditMayFail;
        return this;
    }

    KeyManager open() throws KeyManagerException {
        Thrown thrown = new Thrown();
        Callback[] hosts = {
            store.callback(thrown), master.callback(thrown), WatchCallback.access(access, thrown), WatchCallback.audit(audit, thrown),
        };
        byte[] request = new byte[0];
        boolean opened = false;
        try {
            byte[] bytes = new Wire.Writer()
                    .record(store).record(master).bool(create)
                    .maybe(caller, Wire.Writer::text).maybe(config, Wire.Writer::text).bool(auditMayFail)
                    .take();
            request = bytes;
            long number = thrown.during(() -> Native.open(bytes, hosts[0], hosts[1], hosts[2], hosts[3]));
            opened = true;
            return new KeyManager(number, thrown);
        } finally {
            Arrays.fill(request, (byte) 0);
            if (!opened) {
                Callback.releaseAll(hosts);
            }
        }
    }

    /** Wipes the copies of secrets. */
    @Override
    public void close() {
        store.close();
        master.close();
    }
}
