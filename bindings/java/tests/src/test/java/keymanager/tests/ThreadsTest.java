package keymanager.tests;

import static keymanager.tests.Support.APP;
import static keymanager.tests.Support.CENTRE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import keymanager.java.BackendException;
import keymanager.java.EnvelopeOptions;
import keymanager.java.KeyManager;
import keymanager.java.KeyQuery;
import keymanager.java.ManagerOptions;
import keymanager.java.MasterChoice;
import keymanager.java.StoreChoice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Twenty-four threads on one manager. */
class ThreadsTest {
    private static final int THREADS = 24;
    private static final EnvelopeOptions USUAL = new EnvelopeOptions();

    /** What a thread does; the barrier lets all of them begin at once. */
    private interface Work {
        void run(int thread) throws Exception;
    }

    private static void together(Work work) throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                all.add(threads.submit(() -> {
                    barrier.await();
                    work.run(thread);
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void overEmbeddedFiles(@TempDir Path folder) throws Exception {
        try (KeyManager manager = Support.manager(folder)) {
            together(thread -> {
                byte[] packet = ("packet " + thread).repeat(1000).getBytes();
                for (int round = 0; round < 10; round++) {
                    byte[] envelope = manager.encrypt(APP, CENTRE, USUAL, packet);
                    assertArrayEquals(packet, manager.decrypt(APP, "", USUAL, envelope));
                }
            });
            assertEquals(1, manager.keys(new KeyQuery().app(APP).reference(CENTRE)).size());
        }
    }

    /** Each thread finds what its own callback threw, and no other's. */
    @Test
    void overAStoreInJavaThatThrows(@TempDir Path folder) throws Exception {
        HostTest.WatchedStore store = new HostTest.WatchedStore();
        MasterChoice keys = MasterChoice.keyFile(folder.resolve("keymanager.p12").toString(), Support.PASSPHRASE);
        try (KeyManager manager = KeyManager.open(new ManagerOptions(StoreChoice.host(store), keys).create(true))) {
            manager.initialise();
            ThreadLocal<RuntimeException> own = new ThreadLocal<>();
            store.before.set(method -> {
                if (own.get() != null) {
                    throw own.get();
                }
            });
            together(thread -> {
                for (int round = 0; round < 20; round++) {
                    own.set(new IllegalStateException("of thread " + thread));
                    BackendException error = Support.fails(BackendException.class, "store_unavailable", manager::policies);
                    assertSame(own.get(), error.getCause());
                    own.remove();
                    manager.policies();
                }
            });
        }
    }
}
