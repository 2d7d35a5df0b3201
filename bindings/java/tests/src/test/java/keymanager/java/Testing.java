package keymanager.java;

import java.util.function.Supplier;

/** The suites of the core, in a library that was built with them. */
public final class Testing {
    private static Supplier<HostStore> stores;

    private Testing() {}

    /** Called by the suite for each of its parts. */
    static Callback newStore() {
        return new StoreCallback(stores.get(), new Thrown());
    }

    /** Holds the stores to every promise of the contract. */
    public static synchronized void stores(Supplier<HostStore> made) throws KeyManagerException {
        stores = made;
        NativeLibrary.load();
        storeSuite();
    }

    /** Holds a master backend to every promise of the contract. */
    public static void master(HostMaster host) throws KeyManagerException {
        NativeLibrary.load();
        masterSuite(new MasterCallback(host, new Thrown()));
    }

    private static native void storeSuite() throws KeyManagerException;

    private static native void masterSuite(Callback host) throws KeyManagerException;
}
