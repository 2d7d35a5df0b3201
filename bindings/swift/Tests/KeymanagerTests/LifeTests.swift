import Foundation
import Keymanager
import XCTest

/// Every verb, over embedded files and over a store in Swift.
final class LifeTests: XCTestCase {
    func testOverEmbeddedFiles() throws {
        let folder = try Folder()
        let manager = try folder.embedded()
        try wholeLife(manager)

        let signing = try manager.generate(app: app, kind: .ecP256)
        let key = try XCTUnwrap(signing.generated.first)
        XCTAssertEqual([key.level, key.algorithm], ["sign", "EC-P256"])
        let symmetric = try manager.generate(app: app, reference: "symmetric", kind: .aes)
        XCTAssertEqual(symmetric.generated.first?.algorithm, "AES-256")
        let found = try manager.generateMasterKey(app: app, as: .certificate)
        XCTAssertTrue(!found.generated && found.certificatePem != nil && found.csrPem == nil, "\(found)")
        XCTAssertNotNil(try manager.generateMasterKey(app: app, as: .csr).csrPem)
        let again = try manager.generateEcSignKey(app: app, reference: XCTUnwrap(key.refId), as: .csr)
        XCTAssertEqual(again.key.alias, key.alias)
    }

    func testOverAStoreInSwift() throws {
        let folder = try Folder()
        try wholeLife(folder.overStore())
        // What was written is there for the next one.
        let manager = try folder.overStore(create: false)
        let again = try manager.generateAll()
        XCTAssertTrue(again.generated.isEmpty && !again.existing.isEmpty, "\(again)")
        XCTAssertEqual(try manager.keys(KeyQuery(app: app, reference: reference, all: true)).count, 2)
        let pool = try manager.fillPool(app: app, count: 1)
        XCTAssertEqual(pool.ready, 1)
        XCTAssertEqual(try manager.pool(), [pool])
    }

    private func wholeLife(_ manager: KeyManager) throws {
        try manager.initialise()
        let made = try manager.generateAll()
        XCTAssertTrue(made.existing.isEmpty && made.generated.contains { $0.level == "root" }, "\(made)")
        let again = try manager.generateAll()
        XCTAssertEqual([again.generated.count, again.existing.count], [0, made.generated.count])

        let first = try manager.certificate(app: app, reference: reference)
        let packet = Data("a packet".utf8)
        let envelope = try manager.encrypt(packet, app: app, reference: reference)
        let new = try XCTUnwrap(manager.rotate(app: app, reference: reference).generated.first)
        let second = try manager.certificate(app: app, reference: reference)
        XCTAssertNotEqual(first, second)
        XCTAssertEqual(try manager.decrypt(envelope, app: app), packet)

        let thumbprint = try XCTUnwrap(new.thumbprint)
        XCTAssertEqual(try manager.key(thumbprint).alias, new.alias)
        XCTAssertEqual(try manager.certificateOf(thumbprint: thumbprint), second)
        XCTAssertNil(try manager.certificateOf(thumbprint: String(repeating: "0", count: 64)))
        XCTAssertEqual(try manager.allCertificates(app: app, reference: reference).count, 2)
        let chain = try manager.chain(app: app, reference: reference)
        XCTAssertTrue(chain.hasPrefix(second), chain)
        XCTAssertEqual(chain.components(separatedBy: "-----BEGIN CERTIFICATE-----").count, 4)
        XCTAssertTrue(try manager.chainPkcs7(app: app, reference: reference).hasPrefix("-----BEGIN PKCS7-----\n"))

        let csr = try manager.generateCsr(app: app, reference: reference, subject: Subject(commonName: "a centre"))
        XCTAssertEqual(csr.key.alias, new.alias)
        XCTAssertEqual(try inspect(Data(csr.csrPem.utf8)).kind, "csr")

        let listed = try manager.keys(KeyQuery(app: app, reference: reference))
        XCTAssertEqual(listed.map { $0.alias }, [new.alias])
        let uploaded = try manager.uploadCertificate(Data(second.utf8), app: app, reference: reference)
        XCTAssertEqual(uploaded.alias, new.alias)
        XCTAssertEqual(try manager.revoke(app: app, reference: reference).state, "revoked")
        XCTAssertEqual(try manager.keys(KeyQuery(app: app, reference: reference)), [])

        let changed = try manager.setPolicy(PolicyChange(app: app, preExpireDays: 30))
        XCTAssertEqual(changed, try manager.policy(app: app))
        XCTAssertEqual(changed.preExpireDays, 30)
        XCTAssertTrue(try manager.policies().contains(changed))

        let foreign = try manager.uploadOtherDomain(Data(first.utf8), app: "PARTNER", reference: "a-partner")
        XCTAssertEqual([foreign.level, foreign.location], ["other_domain", "external"])
        XCTAssertEqual(try manager.certificate(app: "PARTNER", reference: "a-partner"), first)

        try manager.recover()
        let found = try manager.doctor()
        XCTAssertEqual(found.findings.map { $0.code }, ["key_ended"], "the key that was revoked")
        XCTAssertEqual(try manager.repair(), found)
    }
}
