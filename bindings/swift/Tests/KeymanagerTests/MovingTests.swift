import Foundation
import Keymanager
import XCTest

/// Backups, copies and re-wrapping, and what a host decides and keeps.
final class MovingTests: XCTestCase {
    func testBackups() async throws {
        let folder = try Folder()
        let manager = try folder.prepared()
        let packet = Data("a packet".utf8)
        let envelope = try manager.encrypt(packet, app: app, reference: reference)
        let archive = folder.file("backup.tar")
        let made = try await manager.backup(to: archive, open: true)
        XCTAssertTrue(made.keyFile && made.damaged.isEmpty, "\(made)")
        try verifyReport(made.signed)
        let changed = SignedReport(
            document: made.signed.document + " ", signature: made.signed.signature,
            certificatePem: made.signed.certificatePem)
        XCTAssertEqual(try failure { try verifyReport(changed) }.name, "verification_failed")

        XCTAssertEqual(try manager.verifyBackup(archive, open: true).opened, made.opened)
        let (store, keyFile) = (folder.file("back.db"), folder.file("back.p12"))
        XCTAssertEqual(try manager.restoreBackup(archive, store: store, keyFile: keyFile).signed, made.signed)
        let again = try failure { try manager.restoreBackup(archive, store: store, keyFile: keyFile) }
        XCTAssertEqual(again.name, "already_exists")
        let back = try KeyManager(store: .sqlite(store), master: .keyFile(keyFile, passphrase: passphrase))
        XCTAssertEqual(try back.decrypt(envelope, app: app), packet)
    }

    /// From the embedded store into one in Swift, which serves from then on.
    func testCopying() async throws {
        let folder = try Folder()
        let manager = try folder.prepared()
        let packet = Data("a packet".utf8)
        let envelope = try manager.encrypt(packet, app: app, reference: reference)
        let rows = try FileStore(folder.file("rows.json"))
        let copied = try await manager.copyStore(to: .host(rows))
        XCTAssertGreaterThan(copied.tables.reduce(0) { $0 + $1.copied }, 15)
        try verifyReport(copied.signed)
        let again = try await manager.inBackground { try $0.copyStore(to: .host(rows)) }
        XCTAssertEqual(again.tables.reduce(0) { $0 + $1.copied }, 0)
        manager.close()
        XCTAssertEqual(try folder.overStore(create: false).decrypt(envelope, app: app), packet)
    }

    func testWrappingAgain() async throws {
        let folder = try Folder()
        let manager = try folder.prepared()
        let packet = Data("a packet".utf8)
        let envelope = try manager.encrypt(packet, app: app, reference: reference)
        try manager.rotate(app: app, reference: "")
        let done = try await manager.rewrap(app: app)
        XCTAssertEqual([done.rewrapped, UInt64(done.formerModules.count)], [1, 1])
        try verifyReport(done.signed)
        let again = try await manager.inBackground { try $0.rewrap(app: app, stopAtDamaged: true) }
        XCTAssertEqual([again.rewrapped, again.kept], [0, 1])
        XCTAssertEqual(try manager.decrypt(envelope, app: app), packet)
        XCTAssertEqual(try failure { try manager.rewrap(app: app, module: "no-such-key") }.category, .notFound)
    }

    /// A host decides about every verb, and keeps what happens (BND-12).
    func testAccessAndAudit() throws {
        let folder = try Folder()
        let book = Book()
        let manager = try KeyManager(
            store: .host(FileStore(folder.file("rows.json"))),
            master: .keyFile(folder.file("keymanager.p12"), passphrase: passphrase), create: true, caller: "somebody",
            config: "", access: Guard(), audit: book)
        try manager.initialise()
        try manager.generateAll()
        XCTAssertEqual(try failure { try manager.revoke(app: app, reference: reference) }.name, "access_refused")
        let unsure = try failure { try manager.rotate(app: app, reference: reference) }
        XCTAssertEqual(unsure.name, "access_refused")
        XCTAssertTrue(unsure.detail.contains("the access decision failed"), "\(unsure)")
        let events = book.all()
        XCTAssertEqual(events.filter { $0.verb == "revoke" }.last?.outcome, "access_refused")
        XCTAssertEqual(Set(events.map { $0.caller }), ["somebody"])
        XCTAssertTrue(events.contains { $0.verb == "generate_all" && $0.outcome == "ok" && !$0.keys.isEmpty })
        book.breakDown()
        XCTAssertEqual(try failure { try manager.keys() }.name, "audit_failed")
        let config = try failure {
            try KeyManager(
                store: .host(FileStore(folder.file("rows.json"))),
                master: .keyFile(folder.file("keymanager.p12"), passphrase: passphrase), config: "no = [toml")
        }
        XCTAssertEqual(config.name, "invalid_config")
    }

    /// Databases and tokens are opened by address, and an address that is none is told before anything is asked.
    func testAddresses() throws {
        let folder = try Folder()
        let master = KeyManager.Master.keyFile(folder.file("keymanager.p12"), passphrase: passphrase)
        let store = try failure {
            try KeyManager(store: .postgres(address: "nowhere"), master: master, create: true)
        }
        XCTAssertEqual(store.category, .misuse, "\(store)")
        let token = try failure {
            try KeyManager(
                store: .sqlite(folder.file("keymanager.db")), master: .token(uri: "nowhere", pin: passphrase))
        }
        XCTAssertEqual(token.category, .misuse, "\(token)")
        XCTAssertFalse("\(store) \(token)".contains("horse"))
    }
}

/// Refuses one verb, and fails for another.
private final class Guard: HostAccess {
    func decide(request: HostAccessRequest) throws -> Bool {
        if request.verb == "rotate" { throw HostError.Failed(number: 42, detail: "the directory is down") }
        return request.verb != "revoke"
    }
}

/// Keeps events, until it breaks down.
private final class Book: HostAudit, @unchecked Sendable {
    private let lock = NSLock()
    private var events: [HostAuditEvent] = []
    private var broken = false

    func record(event: HostAuditEvent) throws {
        try lock.withLock {
            if broken { throw HostError.Failed(number: 7, detail: "the disk is full") }
            events.append(event)
        }
    }

    func all() -> [HostAuditEvent] { lock.withLock { events } }
    func breakDown() { lock.withLock { broken = true } }
}
