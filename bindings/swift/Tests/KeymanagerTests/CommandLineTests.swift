import Foundation
import Keymanager
import XCTest

/// Packets go both ways between Swift and the command line.
final class CommandLineTests: XCTestCase {
    private let packet = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    /// The program with `words`, in `folder`; `KEYMANAGER_PROGRAM` is its path.
    private func keymanager(_ folder: Folder, _ words: String, status: Int32 = 0) throws -> String {
        let program = try XCTUnwrap(ProcessInfo.processInfo.environment["KEYMANAGER_PROGRAM"], "KEYMANAGER_PROGRAM")
        return try runProgram(program, words.components(separatedBy: " "), in: folder, status: status)
    }

    func testPacketsGoBothWays() throws {
        let folder = try Folder()
        folder.put("passphrase", passphrase)
        folder.put("keymanager.toml", Data("passphrase_file = \"passphrase\"\n".utf8))
        folder.put("packet", packet)
        _ = try keymanager(folder, "init")
        _ = try keymanager(folder, "keys generate --all")
        _ = try keymanager(folder, "keys certificate --app \(app) --ref \(reference) -o certificate.pem")
        let certificate = try folder.read("certificate.pem")

        for layout in [Layout.verR2, .packet] {
            let name = layout.rawValue
            let options = EnvelopeOptions(layout: layout)
            folder.put("\(name).swift", try encrypt(packet, certificate: certificate, options: options))
            _ = try keymanager(folder, "decrypt --app \(app) \(name).swift -o \(name).opened")
            XCTAssertEqual(try folder.read("\(name).opened"), packet, name)

            // And back, over the same store.
            let encryption = "encrypt --certificate certificate.pem --layout \(name) packet -o \(name).cli"
            _ = try keymanager(folder, encryption)
            var envelope = try folder.read("\(name).cli")
            let manager = try folder.embedded(create: false)
            defer { manager.close() }
            XCTAssertEqual(try manager.decrypt(envelope, app: app), packet, name)

            // What one refuses, the other refuses with the same name and exit status.
            envelope[envelope.count - 1] ^= 1
            folder.put("\(name).changed", envelope)
            let error = try failure { try manager.decrypt(envelope, app: app) }
            XCTAssertEqual(error.name, "decryption_failed")
            let refusal = "--json decrypt --app \(app) \(name).changed -o nothing"
            let said = try keymanager(folder, refusal, status: Int32(error.exit))
            XCTAssertTrue(said.contains("\"\(error.name)\"") && said.contains("\(error.number)"), said)
        }
    }
}
