package keymanager.tests;

import static keymanager.tests.Support.APP;
import static keymanager.tests.Support.CENTRE;
import static keymanager.tests.Support.PACKET;
import static keymanager.tests.Support.fails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import keymanager.java.DecryptStream;
import keymanager.java.DecryptionFailedException;
import keymanager.java.EncryptStream;
import keymanager.java.EnvelopeOptions;
import keymanager.java.Envelopes;
import keymanager.java.FilePlaces;
import keymanager.java.KeyManager;
import keymanager.java.KeyManagerException;
import keymanager.java.KeyQuery;
import keymanager.java.KeyRequest;
import keymanager.java.MalformedException;
import keymanager.java.ManagerOptions;
import keymanager.java.MisuseException;
import keymanager.java.NotFoundException;
import keymanager.java.Progress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be is an exception, and never the end of the JVM. */
class BadInputTest {
    private static final EnvelopeOptions USUAL = new EnvelopeOptions();

    @TempDir static Path folder;
    private static KeyManager manager;
    private static byte[] certificate;
    private static byte[] envelope;

    @BeforeAll
    static void open() throws Exception {
        manager = Support.manager(folder);
        certificate = Support.certificate(manager);
        envelope = Envelopes.encrypt(certificate, USUAL, PACKET);
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    @Test
    void nulls() {
        List<Callable<?>> calls = List.of(
                () -> Envelopes.encrypt(null, USUAL, PACKET),
                () -> Envelopes.encrypt(certificate, null, PACKET),
                () -> Envelopes.encrypt(certificate, USUAL, (byte[]) null),
                () -> Envelopes.encryptInto(certificate, USUAL, null, ByteBuffer.allocateDirect(1)),
                () -> Envelopes.encryptInto(certificate, USUAL, ByteBuffer.allocateDirect(1), null),
                () -> Envelopes.encryptFile(certificate, USUAL, null, null),
                () -> Envelopes.inspect(null, null),
                () -> manager.certificate(null, CENTRE),
                () -> manager.certificate(APP, null),
                () -> manager.decrypt(APP, "", USUAL, (byte[]) null),
                () -> manager.decrypt(APP, "", null, envelope),
                () -> manager.keys(null),
                () -> manager.key(null),
                () -> manager.generate(null),
                () -> manager.uploadCertificate(APP, CENTRE, null),
                () -> KeyManager.open(null),
                () -> new KeyRequest(null, CENTRE),
                () -> new ManagerOptions(null, null),
                () -> USUAL.layout(null));
        for (int i = 0; i < calls.size(); i++) {
            assertThrows(NullPointerException.class, calls.get(i)::call, "call " + i);
        }
        fails(MisuseException.class, "invalid_argument", () -> manager.encrypt(APP, CENTRE, USUAL, null, 0, 1));
    }

    @Test
    void rangesOutsideOfAnArray() {
        int[][] ranges = {{0, PACKET.length + 1}, {1, PACKET.length}, {-1, 1}, {0, -1}, {Integer.MAX_VALUE, Integer.MAX_VALUE}};
        for (int[] range : ranges) {
            fails(MisuseException.class, "invalid_argument", () ->
                    Envelopes.encrypt(certificate, USUAL, PACKET, range[0], range[1]));
            fails(MisuseException.class, "invalid_argument", () ->
                    manager.decrypt(APP, "", USUAL, PACKET, range[0], range[1]));
        }
    }

    @Test
    void emptyAndStrange() throws Exception {
        fails(MisuseException.class, "empty_plaintext", () -> Envelopes.encrypt(certificate, USUAL, new byte[0]));
        fails(MalformedException.class, "certificate_unparsable", () -> Envelopes.encrypt(new byte[0], USUAL, PACKET));
        fails(MalformedException.class, "certificate_unparsable", () -> Envelopes.encrypt(PACKET, USUAL, PACKET));
        assertEquals("malformed", Support.category(() -> manager.decrypt(APP, "", USUAL, new byte[0])));
        assertEquals("malformed", Support.category(() -> manager.decrypt(APP, "", USUAL, new byte[5000])));
        fails(MisuseException.class, "invalid_argument", () -> manager.certificate("", CENTRE));
        fails(NotFoundException.class, "application_not_found", () -> manager.certificate("NOBODY", CENTRE));
        fails(MisuseException.class, "invalid_argument", () -> manager.generate(new KeyRequest(APP, "x").kind("dsa")));
        fails(MisuseException.class, "invalid_argument", () -> Envelopes.envelopeLen(USUAL, Long.MAX_VALUE));
        fails(MisuseException.class, "invalid_argument", () -> Envelopes.envelopeLen(USUAL, -1));
        assertThrows(IllegalArgumentException.class, () -> manager.fillPool(APP, -1, null));
        byte[] changed = envelope.clone();
        changed[changed.length - 1] ^= 1;
        DecryptionFailedException error =
                fails(DecryptionFailedException.class, "decryption_failed", () -> manager.decrypt(APP, "", USUAL, changed));
        assertEquals("decryption failed", error.detail());
        assertFalse(error.mosipCode().orElse("").isEmpty());
    }

    @Test
    void textThatIsNoText() {
        for (String text : new String[] {"\ud83d", "a\udd11b", "\udd11\ud83d"}) {
            MisuseException error =
                    fails(MisuseException.class, "invalid_argument", () -> manager.certificate(text, CENTRE));
            assertEquals("a text is not valid Unicode", error.detail());
        }
        // NUL and characters beyond the first plane cross as they are.
        assertEquals("misuse", Support.category(() -> manager.certificate("A\0B", CENTRE)));
        KeyManagerException error = assertThrows(KeyManagerException.class, () ->
                Envelopes.encryptFile(certificate, USUAL, new FilePlaces("/nowhere/\ud83d\udd11", "/nowhere/x"), null));
        assertTrue(error.detail().contains("\ud83d\udd11"), error.detail());
    }

    @Test
    void closedHandles() throws Exception {
        KeyManager closed = KeyManager.open(Support.embedded(folder));
        closed.close();
        closed.close();
        MisuseException error = fails(MisuseException.class, "invalid_argument", () -> closed.keys(new KeyQuery()));
        assertEquals("this key manager was closed", error.detail());
        fails(MisuseException.class, "invalid_argument", () -> closed.decrypt(APP, "", USUAL, envelope));
        fails(MisuseException.class, "invalid_argument", () -> closed.fillPool(APP, 1, Support.CANCELS));
        EncryptStream encryption = Envelopes.encryptStream(certificate, USUAL);
        encryption.close();
        fails(MisuseException.class, "invalid_argument", () -> encryption.update(PACKET));
        fails(MisuseException.class, "invalid_argument", encryption::finish);
        // A stream outlives its manager.
        KeyManager brief = KeyManager.open(Support.embedded(folder));
        Path output = folder.resolve("outlives");
        try (DecryptStream stream = brief.decryptStream(APP, "", USUAL, output.toString(), false)) {
            brief.close();
            stream.update(envelope);
            assertEquals(PACKET.length, stream.finish().bytesOut());
        }
    }

    @Test
    void closingWhileOthersCall() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 20; round++) {
                KeyManager shared = KeyManager.open(Support.embedded(folder));
                List<Future<Integer>> calls = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    boolean closes = i == 3;
                    calls.add(threads.submit(() -> {
                        int done = 0;
                        try {
                            for (; done < 50; done++) {
                                if (closes && done == 3) {
                                    shared.close();
                                }
                                shared.keys(new KeyQuery());
                            }
                        } catch (MisuseException closed) {
                            assertEquals("this key manager was closed", closed.detail());
                        }
                        return done;
                    }));
                }
                for (Future<Integer> call : calls) {
                    assertTrue(call.get() <= 50);
                }
                assertEquals(3, calls.get(3).get());
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aProgressThatThrowsEndsTheWork() {
        IllegalStateException thrown = new IllegalStateException("told too much");
        Progress advance = (done, total, what) -> { throw thrown; };
        MisuseException error = fails(MisuseException.class, "cancelled", () -> manager.fillPool(APP, 30, advance));
        assertSame(thrown, error.getCause());
        Progress question = new Progress() {
            @Override
            public void advance(long done, OptionalLong total, String what) {}

            @Override
            public boolean cancelled() {
                throw thrown;
            }
        };
        error = fails(MisuseException.class, "cancelled", () -> manager.fillPool(APP, 30, question));
        assertSame(thrown, error.getCause());
    }
}
