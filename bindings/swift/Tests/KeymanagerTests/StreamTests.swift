import Foundation
import Keymanager
import XCTest

/// Pieces and files.
final class StreamTests: XCTestCase {
    private let packet = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    private func prepared() throws -> (Folder, KeyManager, Data) {
        let folder = try Folder()
        let manager = try folder.prepared()
        let certificate = Data(try manager.certificate(app: app, reference: reference).utf8)
        folder.put("packet", packet)
        return (folder, manager, certificate)
    }

    private func pieces(_ bytes: Data, of size: Int) -> [Data] {
        stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<min($0 + size, bytes.count)] }
    }

    func testPieces() throws {
        let (folder, manager, certificate) = try prepared()
        let options = EnvelopeOptions(layout: .packet)
        let streams = [
            try encryptStream(certificate: certificate, options: options),
            try manager.encryptStream(app: app, reference: reference, options: options),
        ]
        for (number, stream) in streams.enumerated() {
            var envelope = Data()
            for piece in pieces(packet, of: 70_001) { envelope += try stream.update(piece) }
            envelope += try stream.finish()
            XCTAssertEqual(try failure { try stream.finish() }.name, "stream_state")
            XCTAssertEqual(try manager.decrypt(envelope, app: app), packet)

            let output = folder.file("opened \(number)")
            let opening = try manager.decryptStream(to: output, app: app)
            for piece in pieces(envelope, of: 99) { try opening.update(piece) }
            XCTAssertFalse(FileManager.default.fileExists(atPath: output.path), "before the tag was checked")
            let transferred = try opening.finish()
            XCTAssertEqual([transferred.bytesIn, transferred.bytesOut], [UInt64(envelope.count), UInt64(packet.count)])
            XCTAssertEqual(try Data(contentsOf: output), packet)
        }
        let empty = try encryptStream(certificate: certificate)
        XCTAssertEqual(try failure { try empty.finish() }.name, "empty_plaintext")
    }

    func testWhatIsChangedLeavesNothing() throws {
        let (folder, manager, _) = try prepared()
        var envelope = try manager.encrypt(packet, app: app, reference: reference)
        envelope[5000] ^= 1
        let opening = try manager.decryptStream(to: folder.file("opened"), app: app)
        for piece in pieces(envelope, of: 50_000) { try opening.update(piece) }
        XCTAssertEqual(try failure { try opening.finish() }.name, "decryption_failed")
        XCTAssertEqual(try failure { try opening.update(packet) }.name, "stream_state")
        folder.put("changed", envelope)
        let error = try failure { try manager.decryptFile(folder.file("changed"), to: folder.file("opened"), app: app) }
        XCTAssertEqual(error.name, "decryption_failed")
        // Nor does a stream that nobody finishes.
        do {
            let dropped = try manager.decryptStream(to: folder.file("opened"), app: app)
            try dropped.update(envelope.prefix(4000))
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        XCTAssertEqual(left.filter { !$0.hasPrefix("keymanager.") }.sorted(), ["changed", "packet"])
    }

    func testFiles() async throws {
        let (folder, manager, certificate) = try prepared()
        let input = folder.file("packet")
        let told = Told()
        let first = try await encryptFile(input, to: folder.file("1"), certificate: certificate) { told.add($0) }
        XCTAssertEqual(first.bytesIn, UInt64(packet.count))
        XCTAssertEqual(told.steps.last?.done, UInt64(packet.count))
        try await manager.encryptFile(input, to: folder.file("2"), app: app, reference: reference)
        for name in ["1", "2"] {
            try await manager.decryptFile(folder.file(name), to: folder.file("opened"), app: app, overwrite: name == "2")
            XCTAssertEqual(try folder.read("opened"), packet, name)
        }
        // The same calls for threads that may block.
        try await manager.inBackground { manager in
            _ = try encryptFile(input, to: folder.file("3"), certificate: certificate)
            _ = try manager.encryptFile(input, to: folder.file("3"), app: app, reference: reference, overwrite: true)
            _ = try manager.decryptFile(folder.file("3"), to: folder.file("again"), app: app)
        }
        XCTAssertEqual(try folder.read("again"), packet)
    }

    func testErrorsOfFiles() async throws {
        let (folder, manager, certificate) = try prepared()
        let input = folder.file("packet")
        folder.put("there", Data([1]))
        for (name, from, to) in [("output_exists", input, "there"), ("file_not_found", folder.file("none"), "out")] {
            do {
                try await encryptFile(from, to: folder.file(to), certificate: certificate)
                XCTFail(name)
            } catch {
                XCTAssertEqual(error.name, name)
            }
        }
        XCTAssertEqual(try folder.read("there"), Data([1]))
        // A task that is cancelled leaves no output.
        let output = folder.file("out")
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await manager.encryptFile(input, to: output, app: app, reference: reference)
        }
        task.cancel()
        guard case .failure(let error as KeymanagerError) = await task.result else { return XCTFail("not cancelled") }
        XCTAssertEqual(error.name, "cancelled")
        XCTAssertFalse(FileManager.default.fileExists(atPath: output.path))
    }
}
