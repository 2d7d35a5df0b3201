package keymanager.java;

import java.util.Arrays;
import java.util.Objects;

/**
 * What {@link KeyManager#open} opens: a store and a master backend, each embedded or of the host, and how. Closing it wipes its copy
 * of the passphrase.
 */
public final class ManagerOptions implements AutoCloseable {
    private String storePath;
    private HostStore store;
    private String masterPath;
    private byte[] passphrase = new byte[0];
    private HostMaster master;
    private boolean create;
    private String caller;

    /** Neither store nor master backend yet. */
    public ManagerOptions() {}

    /**
     * Keeps records in the embedded store.
     *
     * @param path the path of its file
     * @return this
     */
    public ManagerOptions sqlite(String path) {
        storePath = Objects.requireNonNull(path, "path");
        store = null;
        return this;
    }

    /**
     * Keeps records in a store of the host.
     *
     * @param store the store
     * @return this
     */
    public ManagerOptions store(HostStore store) {
        this.store = Objects.requireNonNull(store, "store");
        storePath = null;
        return this;
    }

    /**
     * Keeps master keys in a PKCS#12 file.
     *
     * @param path its path
     * @param passphrase its passphrase in printable ASCII; copied, and the array stays the caller's, who wipes it
     * @return this
     */
    public ManagerOptions keyFile(String path, byte[] passphrase) {
        masterPath = Objects.requireNonNull(path, "path");
        close();
        this.passphrase = passphrase.clone();
        master = null;
        return this;
    }

    /**
     * Keeps master keys in a backend of the host.
     *
     * @param master the backend
     * @return this
     */
    public ManagerOptions master(HostMaster master) {
        this.master = Objects.requireNonNull(master, "master");
        masterPath = null;
        return this;
    }

    /**
     * Sets whether the embedded store and the key file are made new. A host makes its own.
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

    KeyManager open() throws KeyManagerException {
        if ((store == null && storePath == null) || (master == null && masterPath == null)) {
            throw new IllegalStateException("name a store and a master backend first");
        }
        Thrown thrown = new Thrown();
        StoreCallback storeCallback = store == null ? null : new StoreCallback(store, thrown);
        MasterCallback masterCallback = master == null ? null : new MasterCallback(master, thrown);
        byte[] request = new byte[0];
        boolean opened = false;
        try {
            Wire.Writer out = new Wire.Writer();
            if (store == null) {
                out.text(storePath);
            } else {
                store.capabilities().write(out);
            }
            if (master == null) {
                out.text(masterPath).bytes(passphrase);
            }
            byte[] whole = out.bool(create).maybe(caller, Wire.Writer::text).take();
            request = whole;
            KeyManager manager =
                    new KeyManager(thrown.during(() -> Native.open(whole, storeCallback, masterCallback)), thrown);
            opened = true;
            return manager;
        } finally {
            Arrays.fill(request, (byte) 0);
            if (!opened) {
                // The library has released what it got; what it never got is released here. Either way, once.
                release(storeCallback);
                release(masterCallback);
            }
        }
    }

    private static void release(Callback callback) {
        if (callback != null) {
            callback.releaseOnce();
        }
    }

    /** Wipes the copy of the passphrase. */
    @Override
    public void close() {
        Arrays.fill(passphrase, (byte) 0);
    }
}
