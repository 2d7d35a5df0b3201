package keymanager.tests;

import static keymanager.tests.Support.APP;
import static keymanager.tests.Support.CENTRE;
import static keymanager.tests.Support.PACKET;
import static keymanager.tests.Support.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import keymanager.examples.KeyStoreInJava.RowStore;
import keymanager.java.BackendException;
import keymanager.java.DecryptionFailedException;
import keymanager.java.DoctorRequest;
import keymanager.java.EnvelopeOptions;
import keymanager.java.HostException;
import keymanager.java.HostStore;
import keymanager.java.KeyManager;
import keymanager.java.KeyManagerException;
import keymanager.java.KeyQuery;
import keymanager.java.ManagerOptions;
import keymanager.java.MasterChoice;
import keymanager.java.MisuseException;
import keymanager.java.StoreChoice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stores and master backends that are written in Java: at work, and when they misbehave. */
class HostTest {
    private static final EnvelopeOptions USUAL = new EnvelopeOptions();

    /** A store that does before each method what a test says. */
    static final class WatchedStore implements HostStore {
        /** What happens before a method. */
        interface Before {
            void run(String method) throws Exception;
        }

        final RowStore rows = new RowStore();
        final AtomicInteger released = new AtomicInteger();
        final AtomicReference<Before> before = new AtomicReference<>(method -> {});

        @Override
        public Capabilities capabilities() {
            return rows.capabilities();
        }

        @Override
        public Page find(Query query) throws Exception {
            before.get().run("find");
            return rows.find(query);
        }

        @Override
        public void apply(ChangeSet changes) throws Exception {
            before.get().run("apply");
            rows.apply(changes);
        }

        @Override
        public long lock(String app, String reference, long waitMillis) throws Exception {
            before.get().run("lock");
            return rows.lock(app, reference, waitMillis);
        }

        @Override
        public void unlock(long lock) throws Exception {
            before.get().run("unlock");
            rows.unlock(lock);
        }

        @Override
        public void prepare() throws Exception {
            before.get().run("prepare");
            rows.prepare();
        }

        @Override
        public void release() {
            released.incrementAndGet();
        }
    }

    /** A checked exception that no method of the contract names, thrown past the compiler. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable e) throws T {
        throw (T) e;
    }

    @TempDir Path folder;

    /** Over a key file, whose keys are made faster than those of the JDK. */
    private KeyManager started(HostStore store) throws KeyManagerException {
        String keyFile = folder.resolve("keymanager.p12").toString();
        return initialised(new ManagerOptions(StoreChoice.host(store), MasterChoice.keyFile(keyFile, Support.PASSPHRASE)).create(true));
    }

    private static KeyManager initialised(ManagerOptions options) throws KeyManagerException {
        KeyManager manager = KeyManager.open(options);
        manager.initialise();
        manager.generateAll(null);
        return manager;
    }

    @Test
    void aWholeLifeOnJavaAlone() throws Exception {
        WatchedStore store = new WatchedStore();
        JceMaster master = new JceMaster();
        try (KeyManager manager = initialised(new ManagerOptions(StoreChoice.host(store), MasterChoice.host(master)))) {
            byte[] envelope = manager.encrypt(APP, CENTRE, USUAL, PACKET);
            manager.rotate(APP, CENTRE);
            assertArrayEquals(PACKET, manager.decrypt(APP, "", USUAL, envelope));
            assertFalse(manager.keys(new KeyQuery().all(true)).isEmpty());
            assertTrue(manager.doctor(new DoctorRequest(), null).findings().isEmpty());
            envelope[envelope.length - 1] ^= 1;
            fails(DecryptionFailedException.class, "decryption_failed", () -> manager.decrypt(APP, "", USUAL, envelope));
            assertEquals(0, store.released.get());
        }
        assertEquals(1, store.released.get());
        assertEquals(1, master.released.get());
    }

    @Test
    void whatACallbackThrowsIsTheCause() throws Exception {
        WatchedStore store = new WatchedStore();
        try (KeyManager manager = started(store)) {
            Throwable[] thrown = {
                new IllegalStateException("with a secret"), new IOException("with a secret"), new StackOverflowError(),
                new AssertionError("with a secret"), new OutOfMemoryError("with a secret"), new InterruptedException(),
            };
            for (Throwable each : thrown) {
                store.before.set(method -> HostTest.<RuntimeException>sneak(each));
                BackendException error = fails(BackendException.class, "store_unavailable", () -> manager.keys(new KeyQuery()));
                assertSame(each, error.getCause());
                assertTrue(error.detail().contains(each.getClass().getName()), error.detail());
                assertFalse(error.toString().contains("secret"), error.toString());
            }
            HostException timeout = new HostException(7006, "the database is busy");
            store.before.set(method -> { throw timeout; });
            BackendException error = fails(BackendException.class, "lock_timeout", () -> manager.keys(new KeyQuery()));
            assertSame(timeout, error.getCause());
            assertEquals("the database is busy", error.detail());
            HostException own = new HostException(123456, "no quorum");
            store.before.set(method -> { throw own; });
            error = fails(BackendException.class, "store_unavailable", () -> manager.keys(new KeyQuery()));
            assertSame(own, error.getCause());
            assertEquals("the host answered 123456: no quorum", error.detail());
            store.before.set(method -> {});
            assertFalse(manager.keys(new KeyQuery()).isEmpty());
        }
    }

    @Test
    void anAnswerThatCannotBe() throws Exception {
        HostStore nothing = new HostStore() {
            @Override
            public Capabilities capabilities() {
                return new Capabilities();
            }

            @Override
            public Page find(Query query) {
                return null;
            }

            @Override
            public void apply(ChangeSet changes) {}

            @Override
            public long lock(String app, String reference, long waitMillis) {
                return 0;
            }

            @Override
            public void unlock(long lock) {}

            @Override
            public void prepare() {}
        };
        try (KeyManager manager = KeyManager.open(new ManagerOptions(StoreChoice.host(nothing), MasterChoice.host(new JceMaster())))) {
            BackendException error = fails(BackendException.class, "store_unavailable", () -> manager.keys(new KeyQuery()));
            assertTrue(error.getCause() instanceof NullPointerException);
        }
    }

    @Test
    void aCallbackMustNotCallTheLibrary() throws Exception {
        WatchedStore store = new WatchedStore();
        try (KeyManager manager = started(store)) {
            AtomicReference<Throwable> inside = new AtomicReference<>();
            store.before.set(method -> {
                store.before.set(again -> {});
                inside.set(assertThrows(MisuseException.class, () -> manager.keys(new KeyQuery())));
            });
            assertFalse(manager.keys(new KeyQuery()).isEmpty());
            assertTrue(inside.get().getMessage().contains("inside a callback"), inside.get().getMessage());
        }
    }

    @Test
    void releaseIsCalledOnceAlsoWhenOpeningFails() throws Exception {
        WatchedStore store = new WatchedStore();
        JceMaster master = new JceMaster();
        ManagerOptions bad = new ManagerOptions(StoreChoice.host(store), MasterChoice.host(master)).caller("half \ud83d");
        fails(MisuseException.class, "invalid_argument", () -> KeyManager.open(bad));
        assertEquals(1, store.released.get());
        assertEquals(1, master.released.get());
        ManagerOptions missing = new ManagerOptions(StoreChoice.host(store), MasterChoice.keyFile("/nowhere/keys.p12", Support.PASSPHRASE));
        assertThrows(KeyManagerException.class, () -> KeyManager.open(missing));
        assertEquals(2, store.released.get());
    }

    @Test
    void capabilitiesThatThrowFailTheOpening() {
        JceMaster master = new JceMaster();
        HostStore store = new HostStore() {
            @Override
            public Capabilities capabilities() {
                throw new UnsupportedOperationException("not today");
            }

            @Override
            public Page find(Query query) {
                return null;
            }

            @Override
            public void apply(ChangeSet changes) {}

            @Override
            public long lock(String app, String reference, long waitMillis) {
                return 0;
            }

            @Override
            public void unlock(long lock) {}

            @Override
            public void prepare() {}
        };
        assertThrows(UnsupportedOperationException.class, () -> KeyManager.open(new ManagerOptions(StoreChoice.host(store), MasterChoice.host(master))));
        assertEquals(1, master.released.get());
    }

    @Test
    void closingWaitsForNobodyAndFreesWhenTheLastCallHasEnded() throws Exception {
        WatchedStore store = new WatchedStore();
        KeyManager manager = started(store);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        store.before.set(method -> {
            inside.countDown();
            goOn.await();
        });
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> call = other.submit(() -> manager.keys(new KeyQuery()).size());
            inside.await();
            manager.close();
            fails(MisuseException.class, "invalid_argument", () -> manager.keys(new KeyQuery()));
            assertEquals(0, store.released.get());
            goOn.countDown();
            assertTrue(call.get() > 0);
            assertEquals(1, store.released.get());
        } finally {
            other.shutdown();
        }
    }

    @Test
    void aManagerThatNobodyHoldsIsClosed() throws Exception {
        WatchedStore store = new WatchedStore();
        CountDownLatch gone = new CountDownLatch(1);
        forget(new HostStoreWithLatch(store, gone));
        while (gone.getCount() > 0) {
            System.gc();
            gone.await(10, java.util.concurrent.TimeUnit.MILLISECONDS);
        }
        assertEquals(1, store.released.get());
    }

    private static void forget(HostStore store) throws KeyManagerException {
        assertTrue(KeyManager.open(new ManagerOptions(StoreChoice.host(store), MasterChoice.host(new JceMaster()))).keys(new KeyQuery()).isEmpty());
    }

    /** Tells when it was released. */
    private static final class HostStoreWithLatch implements HostStore {
        private final WatchedStore inner;
        private final CountDownLatch gone;

        HostStoreWithLatch(WatchedStore inner, CountDownLatch gone) {
            this.inner = inner;
            this.gone = gone;
        }

        @Override
        public Capabilities capabilities() {
            return inner.capabilities();
        }

        @Override
        public Page find(Query query) throws Exception {
            return inner.find(query);
        }

        @Override
        public void apply(ChangeSet changes) throws Exception {
            inner.apply(changes);
        }

        @Override
        public long lock(String app, String reference, long waitMillis) throws Exception {
            return inner.lock(app, reference, waitMillis);
        }

        @Override
        public void unlock(long lock) throws Exception {
            inner.unlock(lock);
        }

        @Override
        public void prepare() throws Exception {
            inner.prepare();
        }

        @Override
        public void release() {
            inner.release();
            gone.countDown();
        }
    }
}
