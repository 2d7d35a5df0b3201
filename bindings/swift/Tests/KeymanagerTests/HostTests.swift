import Foundation
import Keymanager
import XCTest

/// What a host throws, and how long it is held.
final class HostTests: XCTestCase {
    private func manager(over store: any HostStore, in folder: Folder, create: Bool) throws -> KeyManager {
        try KeyManager(
            store: .host(store), master: .keyFile(folder.file("keymanager.p12"), passphrase: passphrase),
            create: create)
    }

    func testErrorsOfAStoreComeThrough() throws {
        let folder = try Folder()
        let store = FailingStore()
        let manager = try manager(over: store, in: folder, create: true)
        for (thrown, number, text) in [
            (HostError.lockTimeout("no quorum"), 7006, "no quorum"),
            (HostError.storeVersion("no quorum"), 7002, "no quorum"),
            (HostError.Failed(number: 42, detail: "no quorum"), 7001, "the host answered 42: no quorum"),
            (HostError.Failed(number: 9001, detail: ""), 7001, "the host answered 9001"),
        ] as [(HostError, UInt32, String)] {
            store.failure = thrown
            let error = try failure { try manager.keys() }
            XCTAssertEqual(error.number, number, "\(error)")
            XCTAssertTrue(error.detail.contains(text), "\(error)")
            XCTAssertEqual(error.category, .backend)
        }
        // An error that was not declared: its text may hold anything, and stays outside (BND-82).
        store.failure = Undeclared(secret: "hunter2")
        let error = try failure { try manager.keys() }
        XCTAssertEqual(error.number, 7001, "\(error)")
        XCTAssertFalse("\(error) \(error.next)".contains("hunter2"), "\(error)")
        // It works again as soon as the store does.
        store.failure = nil
        XCTAssertEqual(try manager.keys(), [])
    }

    func testErrorsOfAMasterBackendComeThrough() throws {
        let folder = try Folder()
        let store = try FileStore(folder.file("rows.json"))
        let master = FailingMaster()
        let manager = try KeyManager(store: .host(store), master: .host(master))
        try manager.initialise()
        for (thrown, number) in [
            (HostError.masterUnavailable("token removed"), 7007), (HostError.aliasExists("token removed"), 7011),
            (HostError.Failed(number: 5, detail: "token removed"), 7007), (Undeclared(secret: "hunter2"), 7007),
        ] as [(any Error, UInt32)] {
            master.failure = thrown
            let error = try failure { try manager.generateAll() }
            XCTAssertEqual(error.number, number, "\(error)")
            XCTAssertEqual(error.detail.contains("token removed"), thrown is HostError, "\(error)")
            XCTAssertFalse("\(error)".contains("hunter2"), "\(error)")
        }
    }

    /// The library lets go of a host when the manager is closed, also when it cannot be opened.
    func testHostsAreReleased() throws {
        let folder = try Folder()
        weak var held: FailingStore?
        do {
            let store = FailingStore()
            held = store
            let manager = try manager(over: store, in: folder, create: true)
            XCTAssertEqual(try manager.keys(), [])
            manager.close()
        }
        XCTAssertNil(held)
        do {
            let store = FailingStore()
            held = store
            _ = try failure { try self.manager(over: store, in: folder, create: true) }
        }
        XCTAssertNil(held)
    }

    /// The columns are those of the library.
    func testColumns() throws {
        let source = try String(
            contentsOf: project.appendingPathComponent("bindings/facade/src/host/row.rs"), encoding: .utf8)
        let names = [
            HostTable.keys: "KEYS", .policies: "POLICIES", .intents: "INTENTS",
            .formerThumbprints: "FORMER_THUMBPRINTS", .poolKeys: "POOL_KEYS",
        ]
        XCTAssertEqual(names.count, HostTable.allCases.count)
        for (table, name) in names {
            let declared = try XCTUnwrap(source.range(of: "pub const COLUMNS_OF_\(name): "), name)
            let statement = source[declared.upperBound...].prefix { $0 != ";" } + source[declared.upperBound...]
                .drop { $0 != "=" }.prefix { $0 != "]" }
            let quoted = statement.components(separatedBy: "\"").enumerated().filter { $0.offset % 2 == 1 }
            XCTAssertEqual(quoted.map { $0.element }, table.columns, name)
            let row = HostRow(table: table, columns: table.columns, version: nil)
            for column in table.columns { XCTAssertEqual(row[column], column) }
            XCTAssertNil(row["no_such_column"])
        }
    }
}

private struct Undeclared: Error {
    let secret: String
}

/// A store without rows that throws what it is told to.
private final class FailingStore: HostStore, @unchecked Sendable {
    var failure: (any Error)?

    func capabilities() -> HostStoreCapabilities {
        HostStoreCapabilities(sideTables: true, rowAuthentication: false, locksBetweenProcesses: false, durable: false)
    }

    func find(query: HostQuery) throws -> HostPage {
        if let failure { throw failure }
        return HostPage(rows: [], next: nil)
    }

    func apply(changes: HostChangeSet) throws {}
    func lock(app: String, reference: String, waitMs: UInt64) throws -> UInt64 { 1 }
    func unlock(lock: UInt64) throws {}
    func prepare() throws {}
}

/// A master backend without keys that throws what it is told to.
private final class FailingMaster: HostMaster, @unchecked Sendable {
    var failure: any Error = HostError.decryptionFailed

    func capabilities() throws -> HostMasterCapabilities { throw failure }
    func create(alias: String, kind: HostKeyKind) throws -> Data? { throw failure }
    func attachCertificate(alias: String, certificateDer: Data) throws { throw failure }
    func find(alias: String) throws -> HostMasterEntry? { throw failure }
    func list(cursor: String?) throws -> HostMasterPage { throw failure }
    func sign(alias: String, scheme: HostSignature, input: HostSignInput) throws -> Data { throw failure }
    func rsaDecrypt(alias: String, oaep: HostOaep?, ciphertext: Data) throws -> Data { throw failure }
    func aesEcb(alias: String, direction: HostDirection, blocks: Data) throws -> Data { throw failure }
    func remove(alias: String) throws { throw failure }
    func health() throws { throw failure }
}
