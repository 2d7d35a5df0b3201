package keymanager.tests;

import static keymanager.tests.Support.APP;
import static keymanager.tests.Support.CENTRE;
import static keymanager.tests.Support.PACKET;
import static keymanager.tests.Support.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import keymanager.java.DoctorReport;
import keymanager.java.DoctorRequest;
import keymanager.java.EnvelopeOptions;
import keymanager.java.GeneratedKeys;
import keymanager.java.Key;
import keymanager.java.KeyCsr;
import keymanager.java.KeyManager;
import keymanager.java.KeyObject;
import keymanager.java.KeyQuery;
import keymanager.java.KeyRequest;
import keymanager.java.ManagerOptions;
import keymanager.java.MasterChoice;
import keymanager.java.MisuseException;
import keymanager.java.NotFoundException;
import keymanager.java.ObjectRequest;
import keymanager.java.Policy;
import keymanager.java.PolicyRequest;
import keymanager.java.Pool;
import keymanager.java.RefusedException;
import keymanager.java.StoreChoice;
import keymanager.java.Subject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every verb of a manager, with what it answers. */
class LifecycleTest {
    private static final EnvelopeOptions USUAL = new EnvelopeOptions();

    @TempDir static Path folder;
    private static KeyManager manager;

    @BeforeAll
    static void open() throws Exception {
        manager = Support.manager(folder);
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    @Test
    void allKeysAreMadeOnce() throws Exception {
        GeneratedKeys again = manager.generateAll(null);
        assertTrue(again.generated().isEmpty(), again.toString());
        assertFalse(again.existing().isEmpty());
        Key root = again.existing().stream().filter(key -> key.level().equals("root")).findFirst().orElseThrow();
        assertEquals("RSA-2048", root.algorithm());
        assertEquals("current", root.state());
        assertEquals("master", root.location());
        assertTrue(root.refId().isEmpty());
        assertTrue(root.daysLeft().orElseThrow() > 0);
        assertEquals(64, root.thumbprint().orElseThrow().length());
    }

    @Test
    void aKeyIsMadeRotatedAndRevoked() throws Exception {
        KeyRequest request = new KeyRequest(APP, "20001").subject(new Subject().commonName("Centre 20001").country("XK"));
        Key first = manager.generate(request).generated().get(0);
        assertEquals("20001", first.refId().orElseThrow());
        assertEquals(first.alias(), manager.generate(request).existing().get(0).alias());
        byte[] envelope = manager.encrypt(APP, "20001", USUAL, PACKET);
        Key second = manager.rotate(APP, "20001").generated().get(0);
        assertNotEquals(first.alias(), second.alias());
        assertEquals(second.alias(), manager.revoke(APP, "20001").alias());
        assertArrayEquals(PACKET, manager.decrypt(APP, "", USUAL, envelope));
        assertEquals("revoked", manager.key(second.alias()).state());
        assertEquals(second.alias(), manager.key(second.thumbprint().orElseThrow()).alias());
        assertEquals(2, manager.keys(new KeyQuery().app(APP).reference("20001").all(true)).size());
        assertEquals(2, manager.allCertificates(APP, "20001").size());
        fails(NotFoundException.class, "alias_not_found", () -> manager.key("nobody"));
    }

    @Test
    void certificatesAndRequests() throws Exception {
        String pem = manager.certificate(APP, CENTRE);
        assertTrue(manager.chain(APP, CENTRE).startsWith(pem));
        assertTrue(manager.chainPkcs7(APP, CENTRE).contains("PKCS7"));
        String thumbprint = manager.keys(new KeyQuery().app(APP).reference(CENTRE)).get(0).thumbprint().orElseThrow();
        assertEquals(pem, manager.certificateOf(thumbprint).orElseThrow());
        assertTrue(manager.certificateOf("0".repeat(64)).isEmpty());
        fails(MisuseException.class, "invalid_argument", () -> manager.certificateOf("short"));
        KeyCsr csr = manager.generateCsr(APP, CENTRE, new Subject().commonName("Centre"));
        assertTrue(csr.csrPem().contains("CERTIFICATE REQUEST"));
        assertEquals(CENTRE, csr.key().refId().orElseThrow());
        byte[] own = pem.getBytes(StandardCharsets.US_ASCII);
        assertEquals(thumbprint, manager.uploadCertificate(APP, CENTRE, own).thumbprint().orElseThrow());
        byte[] other = Support.read("tests/vectors/mosip/derived/derived-test-cert.pem");
        Key kept = manager.uploadOtherDomain("PARTNER", "printer", other);
        assertEquals("external", kept.location());
        fails(RefusedException.class, "decrypt_not_allowed", () ->
                manager.decrypt("PARTNER", "", USUAL, keymanager.java.Envelopes.encrypt(other, USUAL, PACKET)));
    }

    @Test
    void masterAndSigningKeysAsObjects() throws Exception {
        KeyObject root = manager.generateMasterKey(new ObjectRequest("ROOT", "", "certificate"));
        assertFalse(root.generated());
        assertTrue(root.certificatePem().isPresent());
        assertTrue(root.csrPem().isEmpty());
        KeyObject signing = manager.generateEcSignKey(new ObjectRequest(APP, "EC_SECP256R1_SIGN", "CSR"));
        assertTrue(signing.generated());
        assertTrue(signing.csrPem().isPresent());
        fails(MisuseException.class, "unknown_object_type", () ->
                manager.generateMasterKey(new ObjectRequest("ROOT", "", "picture")));
    }

    @Test
    void policies() throws Exception {
        Policy before = manager.policy(APP);
        assertTrue(before.active());
        Policy after = manager.setPolicy(new PolicyRequest(APP).preExpireDays(30));
        assertEquals((short) 30, after.preExpireDays().orElseThrow());
        assertEquals(before.validityDays(), after.validityDays());
        assertTrue(manager.policies().stream().anyMatch(policy -> policy.appId().equals(APP)));
        fails(NotFoundException.class, "application_not_found", () -> manager.policy("NOBODY"));
        assertThrows(IllegalArgumentException.class, () -> new PolicyRequest(APP).validityDays(40_000));
        Policy users = manager.setPolicy(new PolicyRequest("ARCHIVE").validityDays(90).accessAllowed("ann,ben").active(false));
        assertEquals("ann,ben", users.accessAllowed().orElseThrow());
        assertFalse(users.active());
    }

    @Test
    void poolDoctorAndRecovery() throws Exception {
        AtomicInteger told = new AtomicInteger();
        Pool pool = manager.fillPool(APP, 2, (done, total, what) -> told.incrementAndGet());
        assertEquals(2, pool.ready());
        assertTrue(told.get() > 0);
        assertTrue(manager.pool().stream().anyMatch(each -> each.moduleAlias().equals(pool.moduleAlias())));
        DoctorReport report = manager.doctor(new DoctorRequest().folders(List.of(folder.toString())), null);
        assertTrue(report.checked().records() > 0);
        assertTrue(report.findings().stream().noneMatch(finding -> finding.severity().equals("error")), report.toString());
        assertEquals(report.checked().tokens(), manager.repair(new DoctorRequest(), null).checked().tokens());
        manager.recover();
    }

    @Test
    void aProgressCancels() {
        fails(MisuseException.class, "cancelled", () -> manager.fillPool(APP, 50, Support.CANCELS));
    }

    @Test
    void whatExistsIsNotMadeAgain() {
        fails(RefusedException.class, "already_exists", () -> KeyManager.open(Support.embedded(folder).create(true)));
        fails(MisuseException.class, "invalid_passphrase", () ->
                KeyManager.open(new ManagerOptions(
                        StoreChoice.sqlite(folder.resolve("new.db").toString()),
                        MasterChoice.keyFile(folder.resolve("new.p12").toString(), new byte[] {7})).create(true)));
    }
}
