package keymanager.tests;

import static keymanager.tests.Support.APP;
import static keymanager.tests.Support.CENTRE;
import static keymanager.tests.Support.PACKET;
import static keymanager.tests.Support.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import keymanager.java.BackendException;
import keymanager.java.DecryptStream;
import keymanager.java.EncryptStream;
import keymanager.java.EnvelopeOptions;
import keymanager.java.Envelopes;
import keymanager.java.FilePlaces;
import keymanager.java.InspectReport;
import keymanager.java.KeyManager;
import keymanager.java.MisuseException;
import keymanager.java.Progress;
import keymanager.java.Transferred;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every form of encryption and decryption, against each other. */
class EnvelopeTest {
    private static final EnvelopeOptions USUAL = new EnvelopeOptions();
    private static final byte[] LARGE = new byte[300_000];

    @TempDir static Path folder;
    private static KeyManager manager;
    private static byte[] certificate;

    @BeforeAll
    static void open() throws Exception {
        new Random(6).nextBytes(LARGE);
        manager = Support.manager(folder);
        certificate = Support.certificate(manager);
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    private static byte[] opened(byte[] envelope) throws Exception {
        return manager.decrypt(APP, "", USUAL, envelope);
    }

    @Test
    void arraysAndPartsOfArrays() throws Exception {
        assertArrayEquals(PACKET, opened(Envelopes.encrypt(certificate, USUAL, PACKET)));
        assertArrayEquals(LARGE, opened(manager.encrypt(APP, CENTRE, USUAL, LARGE)));
        byte[] part = Arrays.copyOfRange(LARGE, 7, 107);
        assertArrayEquals(part, opened(Envelopes.encrypt(certificate, USUAL, LARGE, 7, 100)));
        byte[] envelope = manager.encrypt(APP, CENTRE, USUAL, LARGE, 7, 100);
        byte[] padded = new byte[envelope.length + 5];
        System.arraycopy(envelope, 0, padded, 3, envelope.length);
        assertArrayEquals(part, manager.decrypt(APP, "", USUAL, padded, 3, envelope.length));
    }

    @Test
    void everyLayoutThatIsWritten() throws Exception {
        byte[] aad = "context".getBytes();
        for (EnvelopeOptions options : new EnvelopeOptions[] {
            new EnvelopeOptions().layout("ver_r2"),
            new EnvelopeOptions().layout("packet"),
            new EnvelopeOptions().layout("aad").aad(aad),
            new EnvelopeOptions().layout("salt").salt(new byte[12]),
            new EnvelopeOptions().layout("salt").salt(new byte[16]).aad(aad),
        }) {
            byte[] envelope = Envelopes.encrypt(certificate, options, PACKET);
            assertEquals(Envelopes.envelopeLen(options, PACKET.length), envelope.length);
            assertArrayEquals(PACKET, manager.decrypt(APP, CENTRE, options, envelope));
        }
        fails(MisuseException.class, "invalid_argument", () -> Envelopes.envelopeLen(new EnvelopeOptions().layout("none"), 1));
        fails(MisuseException.class, "salt_missing", () ->
                Envelopes.encrypt(certificate, new EnvelopeOptions().layout("salt"), PACKET));
    }

    @Test
    void buffersDirectAndOnTheHeap() throws Exception {
        for (boolean inDirect : new boolean[] {true, false}) {
            for (boolean outDirect : new boolean[] {true, false}) {
                ByteBuffer plaintext = buffer(inDirect, LARGE.length + 9).position(4).put(LARGE).flip().position(4);
                int room = (int) Envelopes.envelopeLen(USUAL, LARGE.length);
                ByteBuffer envelope = buffer(outDirect, room + 10).position(3);
                assertEquals(room, Envelopes.encryptInto(certificate, USUAL, plaintext, envelope));
                assertEquals(room + 3, envelope.position());
                assertFalse(plaintext.hasRemaining());
                ByteBuffer again = buffer(outDirect, room);
                assertEquals(LARGE.length, manager.decryptInto(APP, "", USUAL, envelope.flip().position(3), again));
                byte[] bytes = new byte[LARGE.length];
                again.flip().get(bytes);
                assertArrayEquals(LARGE, bytes);
            }
        }
    }

    private static ByteBuffer buffer(boolean direct, int size) {
        return direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    }

    @Test
    void buffersThatCannotBe() throws Exception {
        ByteBuffer packet = ByteBuffer.allocateDirect(PACKET.length).put(PACKET).flip();
        int room = (int) Envelopes.envelopeLen(USUAL, PACKET.length);
        ByteBuffer small = ByteBuffer.allocateDirect(room - 1);
        MisuseException error = fails(MisuseException.class, "buffer_too_small", () ->
                Envelopes.encryptInto(certificate, USUAL, packet, small));
        assertTrue(error.detail().contains(Integer.toString(room)), error.detail());
        assertEquals(0, small.position());
        assertTrue(packet.hasRemaining());
        ByteBuffer both = ByteBuffer.allocateDirect(1000);
        fails(MisuseException.class, "invalid_argument", () ->
                Envelopes.encryptInto(certificate, USUAL, both.duplicate().limit(100), both.duplicate().position(50)));
        assertThrows(ReadOnlyBufferException.class, () ->
                Envelopes.encryptInto(certificate, USUAL, packet, both.asReadOnlyBuffer()));
        fails(MisuseException.class, "empty_plaintext", () ->
                Envelopes.encryptInto(certificate, USUAL, ByteBuffer.allocateDirect(0), both));
    }

    @Test
    void pieces() throws Exception {
        ByteArrayOutputStream envelope = new ByteArrayOutputStream();
        try (EncryptStream stream = Envelopes.encryptStream(certificate, USUAL)) {
            envelope.write(stream.update(LARGE, 0, 1));
            envelope.write(stream.update(new byte[0]));
            envelope.write(stream.update(LARGE, 1, LARGE.length - 1));
            envelope.write(stream.finish());
            fails(MisuseException.class, "stream_state", () -> stream.update(PACKET));
        }
        assertArrayEquals(LARGE, opened(envelope.toByteArray()));
        Path output = folder.resolve("pieces");
        try (DecryptStream stream = manager.decryptStream(APP, "", USUAL, output.toString(), false)) {
            for (int at = 0; at < envelope.size(); at += 100_001) {
                stream.update(envelope.toByteArray(), at, Math.min(100_001, envelope.size() - at));
            }
            assertFalse(Files.exists(output));
            assertEquals(LARGE.length, stream.finish().bytesOut());
        }
        assertArrayEquals(LARGE, Files.readAllBytes(output));
        try (DecryptStream stream = manager.decryptStream(APP, "", USUAL, output.toString(), false)) {
            stream.update(envelope.toByteArray());
            fails(BackendException.class, "output_exists", stream::finish);
        }
    }

    @Test
    void streams() throws Exception {
        ByteArrayOutputStream one = new ByteArrayOutputStream();
        Transferred counted = Envelopes.encrypt(certificate, USUAL, new ByteArrayInputStream(LARGE), one);
        assertEquals(LARGE.length, counted.bytesIn());
        assertEquals(one.size(), counted.bytesOut());
        assertArrayEquals(LARGE, opened(one.toByteArray()));
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        manager.encrypt(APP, CENTRE, USUAL, new ByteArrayInputStream(LARGE), two);
        Path output = folder.resolve("streams");
        manager.decrypt(APP, "", USUAL, new ByteArrayInputStream(two.toByteArray()), output.toString(), false);
        assertArrayEquals(LARGE, Files.readAllBytes(output));
    }

    @Test
    void aStreamThatIsGivenUpLeavesNothing() throws Exception {
        Path place = Files.createDirectory(folder.resolve("given-up"));
        byte[] envelope = Envelopes.encrypt(certificate, USUAL, LARGE);
        DecryptStream stream = manager.decryptStream(APP, "", USUAL, place.resolve("out").toString(), false);
        stream.update(envelope);
        stream.close();
        stream.close();
        fails(MisuseException.class, "invalid_argument", stream::finish);
        try (var left = Files.list(place)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void files() throws Exception {
        Path plain = Files.write(folder.resolve("plain"), LARGE);
        Path sealed = folder.resolve("sealed");
        Path again = folder.resolve("again");
        AtomicLong told = new AtomicLong();
        Progress progress = (done, total, what) -> told.set(done);
        FilePlaces there = new FilePlaces(plain.toString(), sealed.toString());
        assertEquals(LARGE.length, Envelopes.encryptFile(certificate, USUAL, there, progress).bytesIn());
        assertEquals(LARGE.length, told.get());
        fails(BackendException.class, "output_exists", () -> manager.encryptFile(APP, CENTRE, USUAL, there, null));
        manager.encryptFile(APP, CENTRE, USUAL, there.overwrite(true), null);
        manager.decryptFile(APP, "", USUAL, new FilePlaces(sealed.toString(), again.toString()), progress);
        assertArrayEquals(LARGE, Files.readAllBytes(again));
    }

    @Test
    void anEnvelopeIsExplained() throws Exception {
        InspectReport report = Envelopes.inspect(Envelopes.encrypt(certificate, USUAL, PACKET), certificate);
        assertEquals("envelope", report.kind());
        assertEquals("ver_r2", report.layout().orElseThrow());
        assertTrue(report.certificate().orElseThrow().matches().orElseThrow());
        assertEquals(report.size(), report.fields().stream().mapToLong(field -> field.offset() + field.length()).max().orElseThrow());
        assertEquals("unknown", Envelopes.inspect(new byte[0], null).kind());
        assertEquals("certificate", Envelopes.inspect(certificate, null).kind());
    }
}
