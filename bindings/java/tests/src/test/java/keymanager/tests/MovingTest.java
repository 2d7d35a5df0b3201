package keymanager.tests;

import static keymanager.tests.Support.APP;
import static keymanager.tests.Support.CENTRE;
import static keymanager.tests.Support.PACKET;
import static keymanager.tests.Support.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import keymanager.java.BackendException;
import keymanager.java.BackupReport;
import keymanager.java.CopyReport;
import keymanager.java.EnvelopeOptions;
import keymanager.java.Envelopes;
import keymanager.java.HostAccess;
import keymanager.java.HostAudit;
import keymanager.java.HostAuditEvent;
import keymanager.java.KeyManager;
import keymanager.java.KeyManagerException;
import keymanager.java.ManagerOptions;
import keymanager.java.MasterChoice;
import keymanager.java.MisuseException;
import keymanager.java.RefusedException;
import keymanager.java.RewrapReport;
import keymanager.java.RewrapRequest;
import keymanager.java.SignedReport;
import keymanager.java.StoreChoice;
import keymanager.java.KeyRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that move, what is kept about it, and who may. */
class MovingTest {
    private static final EnvelopeOptions USUAL = new EnvelopeOptions();

    @TempDir Path folder;
    private byte[] envelope;

    @BeforeEach
    void make() throws Exception {
        try (KeyManager manager = Support.manager(folder)) {
            envelope = manager.encrypt(APP, CENTRE, USUAL, PACKET);
        }
    }

    private KeyManager open() throws KeyManagerException {
        return KeyManager.open(Support.embedded(folder));
    }

    private static void signed(SignedReport report) throws Exception {
        Envelopes.verifyReport(report);
        SignedReport other = new SignedReport(report.document() + " ", report.signature(), report.certificatePem());
        fails(KeyManagerException.class, "verification_failed", () -> {
            Envelopes.verifyReport(other);
            return null;
        });
    }

    @Test
    void keysAreWrappedAgain() throws Exception {
        try (KeyManager manager = open()) {
            manager.generate(new KeyRequest(APP, "").force(true));
            RewrapReport report = manager.rewrap(APP, new RewrapRequest().stopAtDamaged(true), null);
            assertTrue(report.rewrapped() > 0, report.toString());
            assertFalse(report.formerModules().isEmpty());
            assertTrue(report.damaged().isEmpty());
            signed(report.signed());
            assertEquals(0, manager.rewrap(APP, new RewrapRequest().module(report.moduleAlias()), null).rewrapped());
            assertArrayEquals(PACKET, manager.decrypt(APP, "", USUAL, envelope));
        }
    }

    @Test
    void aStoreIsCopiedIntoOneInJava() throws Exception {
        HostTest.WatchedStore other = new HostTest.WatchedStore();
        try (KeyManager manager = open()) {
            CopyReport report = manager.copyStore(StoreChoice.host(other), false, true, null);
            assertTrue(report.tables().stream().anyMatch(table -> table.copied() > 0), report.toString());
            assertEquals(1, other.released.get());
            signed(report.signed());
        }
        MasterChoice keys = MasterChoice.keyFile(folder.resolve("keymanager.p12").toString(), Support.PASSPHRASE);
        try (KeyManager manager = KeyManager.open(new ManagerOptions(StoreChoice.host(other), keys))) {
            assertArrayEquals(PACKET, manager.decrypt(APP, "", USUAL, envelope));
            IllegalStateException thrown = new IllegalStateException();
            HostTest.WatchedStore broken = new HostTest.WatchedStore();
            broken.before.set(method -> { throw thrown; });
            BackendException error = fails(BackendException.class, "store_unavailable", () ->
                    manager.copyStore(StoreChoice.host(broken), false, false, null));
            assertSame(thrown, error.getCause());
            assertEquals(1, broken.released.get());
        }
    }

    @Test
    void anArchiveIsMadeVerifiedAndPutBack() throws Exception {
        String archive = folder.resolve("backup").toString();
        Path back = folder.resolve("back.db");
        Path keys = folder.resolve("back.p12");
        try (KeyManager manager = open()) {
            BackupReport made = manager.backup(archive, true, null);
            assertTrue(made.keyFile());
            assertTrue(made.opened() > 0);
            signed(made.signed());
            assertEquals(made.keys(), manager.verifyBackup(archive, true, null).keys());
            fails(MisuseException.class, "cancelled", () -> manager.verifyBackup(archive, true, Support.CANCELS));
            manager.restoreBackup(archive, back.toString(), keys.toString(), null);
        }
        ManagerOptions restored = new ManagerOptions(
                StoreChoice.sqlite(back.toString()), MasterChoice.keyFile(keys.toString(), Support.PASSPHRASE));
        try (KeyManager manager = KeyManager.open(restored)) {
            assertArrayEquals(PACKET, manager.decrypt(APP, "", USUAL, envelope));
        }
    }

    @Test
    void aHostDecidesAndKeeps() throws Exception {
        List<HostAuditEvent> events = Collections.synchronizedList(new ArrayList<>());
        IllegalStateException down = new IllegalStateException("the directory is down");
        HostAccess access = request -> {
            assertEquals("somebody", request.caller().orElseThrow());
            if (request.verb().equals("rotate")) {
                throw down;
            }
            return !request.verb().equals("revoke");
        };
        ManagerOptions options = Support.embedded(folder).caller("somebody").access(access).audit(events::add);
        try (KeyManager manager = KeyManager.open(options)) {
            manager.decrypt(APP, "", USUAL, envelope);
            assertEquals(2, events.size());
            assertEquals("begins", events.get(0).outcome());
            assertEquals("ok", events.get(1).outcome());
            assertEquals("decrypt", events.get(1).verb());
            assertEquals(events.get(0).operation(), events.get(1).operation());
            assertEquals(64, events.get(0).keys().get(0).thumbprint().orElseThrow().length());
            fails(RefusedException.class, "access_refused", () -> manager.revoke(APP, CENTRE));
            RefusedException error = fails(RefusedException.class, "access_refused", () -> manager.rotate(APP, CENTRE));
            assertSame(down, error.getCause());
        }
        HostAudit full = event -> { throw new java.io.IOException("the disk is full"); };
        try (KeyManager manager = KeyManager.open(Support.embedded(folder).audit(full))) {
            BackendException error = fails(BackendException.class, "audit_failed", manager::policies);
            assertTrue(error.getCause() instanceof java.io.IOException);
        }
        try (KeyManager manager = KeyManager.open(Support.embedded(folder).audit(full).auditMayFail(true))) {
            assertFalse(manager.policies().isEmpty());
        }
    }

    @Test
    void aConfigurationIsUsedAndChecked() throws Exception {
        KeyManagerException error = fails(MisuseException.class, "invalid_config", () ->
                KeyManager.open(Support.embedded(folder).config("nonsense = [")));
        assertFalse(error.next().isEmpty());
        KeyManager.open(Support.embedded(folder).config("")).close();
    }

    @Test
    void placesThatAreNotThere() {
        MasterChoice keys = MasterChoice.keyFile(folder.resolve("keymanager.p12").toString(), Support.PASSPHRASE);
        StoreChoice nowhere = StoreChoice.postgres("postgresql://nobody@127.0.0.1:1/none?sslmode=disable", new byte[] {'x'});
        assertTrue(Support.category(() -> KeyManager.open(new ManagerOptions(nowhere, keys))).equals("backend"));
        MasterChoice token = MasterChoice.token("pkcs11:token=none?module-path=/nowhere/lib.so", new byte[] {'1'});
        StoreChoice store = StoreChoice.sqlite(folder.resolve("keymanager.db").toString());
        assertFalse(Support.category(() -> KeyManager.open(new ManagerOptions(store, token))).equals("bug"));
    }
}
