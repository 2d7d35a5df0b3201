import Foundation
import Keymanager
import XCTest

/// The vector files that the core's own tests read.
final class VectorTests: XCTestCase {
    /// tests/vectors/mosip/derived: the key of the vectors is a Module key in a key file that OpenSSL makes, and, wrapped
    /// to itself by the vector of wrapped private keys, the Base key that the envelopes name.
    func testDerived() throws {
        let document = try JSONSerialization.jsonObject(with: vector("mosip/derived/derived.json"))
        let all = try XCTUnwrap((document as? [String: Any])?["vectors"] as? [[String: Any]])
        func of(_ kind: String) -> [[String: Any]] { all.filter { $0["kind"] as? String == kind } }
        let wrapped = try XCTUnwrap(of("private-key-envelope").first?["envelope"] as? String)
        let certificate = try vector("mosip/derived/derived-test-cert.pem")
        let manager = try derived(wrapped: wrapped, certificate: certificate)

        let expected: [(String, String, Bool)] = [
            ("ver_r2_thumbprint", "ver_r2", true),
            ("ver_r2_no_thumbprint_v120_flag", "ver_r2_no_thumbprint", false),
            ("noheader_thumbprint_aad_iv16suffix", "aad", true),
            ("noheader_thumbprint_noaad_iv16suffix", "aad", true),
            ("noheader_thumbprint_salt_iv12_aad16", "aad", true),
            ("noheader_thumbprint_salt_iv16_noaad", "aad", true),
            ("legacy113_nothumbprint_iv16suffix", "no_thumbprint", false),
        ]
        let envelopes = of("cryptomanager-envelope")
        XCTAssertEqual(envelopes.compactMap { $0["name"] as? String }, expected.map { $0.0 })
        for (vector, (name, layout, opens)) in zip(envelopes, expected) {
            func text(_ key: String) -> String? { vector[key] as? String }
            let envelope = try base64(XCTUnwrap(text("envelope")))
            let report = try inspect(envelope, certificate: certificate)
            XCTAssertEqual([report.kind, report.layout], ["envelope", layout], name)
            XCTAssertEqual(report.certificate?.matches, opens ? true : nil, name)
            let options = EnvelopeOptions(
                aad: try text("request_aad").map(base64) ?? Data(), salt: try text("request_salt").map(base64))
            if opens {
                let plaintext = try manager.decrypt(envelope, app: app, options: options)
                XCTAssertEqual(plaintext, try hex(XCTUnwrap(text("plaintext"))), name)
            } else {
                // Layouts without thumbprint are read by nobody who has not named them.
                let error = try failure { try manager.decrypt(envelope, app: app, options: options) }
                XCTAssertEqual(error.category, .malformed, "\(name): \(error)")
            }
        }
    }

    private func derived(wrapped: String, certificate: Data) throws -> KeyManager {
        let folder = try Folder()
        addTeardownBlock { _ = folder }
        let vectors = project.appendingPathComponent("tests/vectors/mosip/derived").path
        try runProgram("/usr/bin/openssl", [
            "pkcs12", "-export", "-inkey", "\(vectors)/derived-test-rsa2048.pem", "-in", "\(vectors)/derived-test-cert.pem",
            "-name", "module", "-passout", "pass:" + String(decoding: passphrase, as: UTF8.self), "-out", folder.path("keymanager.p12"),
        ])
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("keymanager.p12"))
        let manager = try folder.overStore(create: false)
        try manager.initialise()
        let times = ["2026-01-01 00:00:00.000000", "2126-01-01 00:00:00.000000"]
        let thumbprint = try XCTUnwrap(inspect(certificate).thumbprint)
        func row(_ id: String, _ reference: String, _ thumbprint: String?, _ stored: [String?]) -> HostChange {
            let columns = [id, app, reference, times[0], times[1], thumbprint, nil, "tests", times[0]] + stored
            return HostChange(kind: .insert, row: HostRow(table: .keys, columns: columns, version: nil))
        }
        let pem = String(decoding: certificate, as: UTF8.self)
        let changes = [
            row("module", "", nil, [nil, nil, nil, nil, nil]),
            row("base", reference, thumbprint, ["module", wrapped, pem, "tests", times[0]]),
        ]
        try FileStore(folder.file("rows.json"))
            .apply(changes: HostChangeSet(expectScopes: [], changes: changes))
        manager.close()
        return try folder.overStore(create: false)
    }

    /// tests/vectors/mosip/service: the rows of a running Java service in the store in Swift, its key file, and every
    /// envelope that it wrote.
    func testService() throws {
        let folder = try Folder()
        let service = "mosip/service/pkcs12"
        try folder.put("keymanager.p12", vector("\(service)/keystore.p12"))
        let store = try FileStore(folder.file("rows.json"))
        let dump = String(decoding: try vector("\(service)/keymgr.sql"), as: UTF8.self)
        let changes = try Dump(dump).rows().map { HostChange(kind: .insert, row: $0) }
        XCTAssertGreaterThan(changes.count, 37)
        try store.apply(changes: HostChangeSet(expectScopes: [], changes: changes))
        let manager = try KeyManager(
            store: .host(store),
            master: .keyFile(folder.file("keymanager.p12"), passphrase: Data("throwaway-p12".utf8)))

        let document = try JSONSerialization.jsonObject(with: vector("\(service)/ciphertexts.json"))
        let envelopes = try XCTUnwrap((document as? [String: Any])?["envelopes"] as? [[String: Any]])
        var opened: [String: Int] = [:]
        for item in envelopes {
            let request = try XCTUnwrap(item["request"] as? [String: Any])
            func text(_ key: String) -> String? { request[key] as? String }
            let of = try XCTUnwrap(text("applicationId"))
            let envelope = try base64(XCTUnwrap(item["response_data"] as? String))
            let salt = try text("salt").map(base64)
            let options = EnvelopeOptions(
                layout: salt == nil ? nil : .salt, aad: try text("aad").map(base64) ?? Data(), salt: salt)
            opened[of, default: 0] += 1
            let decrypt = { try manager.decrypt(envelope, app: of, reference: text("referenceId") ?? "", options: options) }
            if of == "PARTNER" {
                XCTAssertEqual(try failure(decrypt).name, "decrypt_not_allowed", "\(item["id"] ?? "")")
                continue
            }
            XCTAssertEqual(try decrypt(), try hex(XCTUnwrap(item["plaintext_hex"] as? String)), "\(item["id"] ?? "")")
        }
        XCTAssertEqual(opened, ["ID_REPO": 20, "PARTNER": 10, "REGISTRATION": 38, "RESIDENT": 10])
    }

    /// tests/vectors/store: a store of an earlier state opens and decrypts.
    func testKeptStore() throws {
        let folder = try Folder()
        for name in ["keymanager.db", "keymanager.p12"] { try folder.put(name, vector("store/kept-0.1/\(name)")) }
        let manager = try KeyManager(
            store: .sqlite(folder.file("keymanager.db")),
            master: .keyFile(folder.file("keymanager.p12"), passphrase: Data("kept-test-passphrase".utf8)))
        let envelope = try vector("store/kept-0.1/envelope.bin")
        XCTAssertEqual(try manager.decrypt(envelope, app: app), Data("kept plaintext".utf8))
    }

    /// tests/vectors/mosip/upstream: the inspector reads every certificate.
    func testCertificates() throws {
        let folder = project.appendingPathComponent("tests/vectors/mosip/upstream/certs")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        XCTAssertEqual(files.count, 8)
        for name in files {
            let bytes = try Data(contentsOf: folder.appendingPathComponent(name))
            XCTAssertEqual(try inspect(bytes).kind, "certificate", name)
        }
    }
}
