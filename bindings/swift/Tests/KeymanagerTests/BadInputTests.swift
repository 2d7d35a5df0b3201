import Foundation
import Keymanager
import XCTest

/// Whatever is passed is an error of the table, or an answer; never a crash (BND-80).
final class BadInputTests: XCTestCase {
    func testTable() throws {
        let folder = try Folder()
        let manager = try folder.prepared()
        let certificate = Data(try manager.certificate(app: app, reference: reference).utf8)
        let packet = Data("a packet".utf8)
        let envelope = try manager.encrypt(packet, app: app, reference: reference)
        let long = String(repeating: "x", count: 1 << 20)
        let table: [(String, String, () throws -> Any)] = [
            ("envelope_truncated", "no envelope", { try manager.decrypt(Data(), app: app) }),
            ("envelope_truncated", "an envelope that is cut off", { try manager.decrypt(envelope.prefix(300), app: app) }),
            ("decryption_failed", "an envelope without its last byte", { try manager.decrypt(envelope.dropLast(), app: app) }),
            ("thumbprint_not_found", "an envelope of another", {
                try manager.decrypt(vector("store/kept-0.1/envelope.bin"), app: app)
            }),
            ("unexpected_context", "data that the layout has no place for", {
                try manager.decrypt(envelope, app: app, options: EnvelopeOptions(layout: .verR2, aad: packet))
            }),
            ("aad_missing", "a layout without its data", {
                try encrypt(packet, certificate: certificate, options: EnvelopeOptions(layout: .aad))
            }),
            ("salt_missing", "a layout without its salt", {
                try encrypt(packet, certificate: certificate, options: EnvelopeOptions(layout: .salt))
            }),
            ("empty_plaintext", "nothing to encrypt", { try encrypt(Data(), certificate: certificate) }),
            ("certificate_unparsable", "no certificate", { try encrypt(packet, certificate: Data()) }),
            ("certificate_unparsable", "something else as certificate", { try encrypt(packet, certificate: envelope) }),
            ("invalid_argument", "no application", { try manager.certificate(app: "", reference: "") }),
            ("invalid_argument", "a very long application", { try manager.certificate(app: long, reference: "") }),
            ("invalid_argument", "a reference id with a zero", { try manager.certificate(app: app, reference: "a\0b") }),
            ("invalid_argument", "no thumbprint", { try manager.certificateOf(thumbprint: "ABC") as Any }),
            ("alias_not_found", "an alias that is none", { try manager.key("no-such-key") }),
            ("invalid_argument", "an alias of a megabyte", { try manager.key(long) }),
            ("application_not_found", "an application without keys", { try manager.policy(app: "NOBODY") }),
            ("certificate_unparsable", "an upload that is none", {
                try manager.uploadCertificate(packet, app: app, reference: reference)
            }),
            ("wrong_passphrase", "another passphrase", {
                try KeyManager(
                    store: .sqlite(folder.file("keymanager.db")),
                    master: .keyFile(folder.file("keymanager.p12"), passphrase: packet))
            }),
            ("invalid_passphrase", "no passphrase", {
                try KeyManager(
                    store: .sqlite(folder.file("keymanager.db")),
                    master: .keyFile(folder.file("keymanager.p12"), passphrase: Data()))
            }),
            ("file_not_found", "no files", {
                try KeyManager(
                    store: .sqlite(folder.file("none.db")),
                    master: .keyFile(folder.file("none.p12"), passphrase: passphrase))
            }),
            ("already_exists", "files that are there", { try folder.embedded() }),
        ]
        for (name, what, call) in table {
            let error = try failure(call)
            XCTAssertEqual(error.name, name, "\(what): \(error)")
            XCTAssertFalse(error.next.isEmpty || error.number == 99, "\(what): \(error)")
            XCTAssertFalse("\(error)".contains("horse"), what)
            XCTAssertLessThan("\(error)".count, 10_000, what)
        }
        // The handle is as good as before.
        XCTAssertEqual(try manager.decrypt(envelope, app: app), packet)
        XCTAssertEqual(try inspect(Data()).kind, "unknown")
    }

    /// A slice of `Data` does not begin at zero.
    func testSlices() throws {
        let folder = try Folder()
        let manager = try folder.prepared()
        let packet = Data("a packet".utf8)
        let envelope = try manager.encrypt(Data("xxa packet".utf8).dropFirst(2), app: app, reference: reference)
        XCTAssertEqual(try manager.decrypt((Data(repeating: 7, count: 9) + envelope).dropFirst(9), app: app), packet)
    }

    /// BND-81.
    func testClosing() throws {
        let folder = try Folder()
        let manager = try folder.embedded()
        try manager.initialise()
        manager.close()
        manager.close()
        let error = try failure { try manager.keys() }
        XCTAssertEqual([error.name, error.detail], ["invalid_argument", "the key manager was closed"])
        XCTAssertEqual(error.number, 1001)
        // The files are free again.
        XCTAssertEqual(try folder.embedded(create: false).keys(), [])
    }

    /// Closing while others call: each call is answered, or told that it came too late.
    func testClosingWhileOthersCall() throws {
        for _ in 1...20 {
            let folder = try Folder()
            let manager = try folder.embedded()
            try manager.initialise()
            DispatchQueue.concurrentPerform(iterations: 12) { number in
                if number % 4 == 3 { return manager.close() }
                do throws(KeymanagerError) {
                    let policies = try manager.policies()
                    XCTAssertFalse(policies.isEmpty)
                } catch {
                    XCTAssertEqual(error.detail, "the key manager was closed", "\(error)")
                }
            }
        }
    }
}
