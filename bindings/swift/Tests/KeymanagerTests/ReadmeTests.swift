import Foundation
import Keymanager
import XCTest

/// The README's code, and the proof that the README has no other.
final class ReadmeTests: XCTestCase {
    func testTheClient() throws {
        let manager = try prepared()
        let packet = Data("a registration packet".utf8)
        let certificate = Data(try manager.certificate(app: "REGISTRATION", reference: "10001_110011").utf8)

        let envelope = try encrypt(packet, certificate: certificate, options: EnvelopeOptions(layout: .packet))
        let report = try inspect(envelope, certificate: certificate)
        print(report.kind, report.layout ?? "-", report.thumbprint ?? "-")

        XCTAssertEqual([report.kind, report.layout], ["envelope", "packet"])
    }

    func testTheServer() throws {
        let files = try Folder()
        let folder = files.url

        let manager = try KeyManager(
            store: .sqlite(folder.appendingPathComponent("keymanager.db")),
            master: .keyFile(folder.appendingPathComponent("keymanager.p12"), passphrase: Data("a passphrase from a safe place".utf8)),
            create: true)
        defer { manager.close() }
        try manager.initialise()
        try manager.generateAll()

        let certificate = try manager.certificate(app: "REGISTRATION", reference: "10001_110011")
        let envelope = try encrypt(Data("a registration packet".utf8), certificate: Data(certificate.utf8))
        let packet = try manager.decrypt(envelope, app: "REGISTRATION")

        XCTAssertEqual(packet, Data("a registration packet".utf8))
    }

    func testFilesAndPieces() throws {
        let manager = try prepared()
        let files = try Folder()
        files.put("packet", Data("a registration packet".utf8))
        let (packetFile, envelopeFile, openedFile) = (files.file("packet"), files.file("envelope"), files.file("opened"))
        let certificate = Data(try manager.certificate(app: "REGISTRATION", reference: "10001_110011").utf8)
        let (firstPiece, secondPiece) = (Data("a registration".utf8), Data(" packet".utf8))

        try encryptFile(packetFile, to: envelopeFile, certificate: certificate)
        try manager.decryptFile(envelopeFile, to: openedFile, app: "REGISTRATION", overwrite: true)

        let stream = try encryptStream(certificate: certificate)
        var envelope = try stream.update(firstPiece)
        envelope += try stream.update(secondPiece)
        envelope += try stream.finish()

        XCTAssertEqual(try files.read("opened"), Data("a registration packet".utf8))
        XCTAssertEqual(try manager.decrypt(envelope, app: "REGISTRATION"), Data("a registration packet".utf8))
    }

    func testErrors() throws {
        let manager = try prepared()
        let envelope = Data("no envelope at all".utf8)

        do throws(KeymanagerError) {
            _ = try manager.decrypt(envelope, app: "REGISTRATION")
        } catch {
            switch error.category {
            case .malformed, .decryptionFailed: print("refused: \(error.detail)")
            default: print("\(error.name) (\(error.number)): \(error.detail) \(error.next)")
            }
        }

        XCTAssertEqual(try failure { try manager.decrypt(envelope, app: "REGISTRATION") }.category, .malformed)
    }

    func testTasks() async throws {
        let manager = try prepared()

        let packet = Data("a registration packet".utf8)
        let envelope = try await manager.inBackground {
            try $0.encrypt(packet, app: "REGISTRATION", reference: "10001_110011")
        }
        let pool = try await manager.fillPool(app: "REGISTRATION", count: 2) { step in
            print("\(step.done) of \(step.total ?? 0) \(step.what)")
        }

        XCTAssertEqual(try manager.decrypt(envelope, app: "REGISTRATION"), packet)
        XCTAssertEqual(pool.ready, 2)
    }

    func testHosts() throws {
        let files = try Folder()
        let rows = files.file("rows.json")
        let keyFile = files.file("keymanager.p12")
        let passphrase = passphrase

        let manager = try KeyManager(
            store: .host(FileStore(rows)), master: .keyFile(keyFile, passphrase: passphrase), create: true)

        try manager.initialise()
        XCTAssertEqual(try manager.keys(), [])
    }

    /// Every block of Swift in the README is in this file, line by line.
    func testTheReadmeHasNoOtherCode() throws {
        func lines(_ text: some StringProtocol) -> [String] {
            text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        let readme = try String(contentsOf: project.appendingPathComponent("bindings/swift/README.md"), encoding: .utf8)
        let blocks = readme.components(separatedBy: "```swift\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        XCTAssertEqual(blocks.count, 8)
        let example = project.appendingPathComponent("examples/swift/stories/Package.swift")
        let sources = [URL(fileURLWithPath: #filePath), example].map { try? String(contentsOf: $0, encoding: .utf8) }
        let tested = sources.map { lines($0 ?? "").joined(separator: "\n") }
        for block in blocks {
            let text = lines(block).joined(separator: "\n")
            XCTAssertTrue(tested.contains { $0.contains(text) }, "no test runs\n\(block)")
        }
    }

    private func prepared() throws -> KeyManager {
        let folder = try Folder()
        addTeardownBlock { _ = folder }
        return try folder.prepared()
    }
}
