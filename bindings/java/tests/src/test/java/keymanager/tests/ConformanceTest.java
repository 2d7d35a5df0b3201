package keymanager.tests;

import static keymanager.tests.Support.fails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import keymanager.examples.KeyStoreInJava.RowStore;
import keymanager.java.BugException;
import keymanager.java.HostStore;
import keymanager.java.Testing;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The suites of the core on hosts written in Java, with a library that was built with them: threads of that library's own call
 * them, too.
 */
@Tag("conformance")
class ConformanceTest {
    @Test
    void theStoreOfTheExamplePassesTheSuite() throws Exception {
        Testing.stores(RowStore::new);
    }

    @Test
    void aMasterBackendOnTheJdkPassesTheSuite() throws Exception {
        JceMaster master = new JceMaster();
        Testing.master(master);
        assertEquals(1, master.released.get());
    }

    /** The suite ends with a panic at a promise that is not kept, which must not pass the boundary. */
    @Test
    void aPanicIsAnExceptionWithoutItsText() {
        BugException error = fails(BugException.class, "panic", () -> {
            Testing.stores(Forgetful::new);
            return null;
        });
        assertEquals(99, error.number());
        assertEquals("a panic was caught at the boundary", error.detail());
        assertNull(error.getCause());
    }

    /** Keeps nothing. */
    private static final class Forgetful implements HostStore {
        @Override
        public Capabilities capabilities() {
            return new Capabilities();
        }

        @Override
        public Page find(Query query) {
            return new Page(java.util.List.of(), null);
        }

        @Override
        public void apply(ChangeSet changes) {}

        @Override
        public long lock(String app, String reference, long waitMillis) {
            return 1;
        }

        @Override
        public void unlock(long lock) {}

        @Override
        public void prepare() {}
    }
}
