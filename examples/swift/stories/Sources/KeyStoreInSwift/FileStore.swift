import Foundation
import Keymanager

/// A key store of one process: rows in memory, written to a file of JSON as a whole with each change. A store over a
/// database looks the same, with a query for each case of `matches` and a transaction around `apply`.
final class FileStore: HostStore, @unchecked Sendable {
    private let file: URL
    private let mutex = NSLock()
    private var rows: [Row]
    private let scopes = ScopeLocks()

    /// Opens the file, or begins without rows where there is none.
    init(_ file: URL) throws {
        self.file = file
        let there = FileManager.default.fileExists(atPath: file.path)
        rows = there ? try JSONDecoder().decode([Row].self, from: Data(contentsOf: file)) : []
    }

    func capabilities() -> HostStoreCapabilities {
        HostStoreCapabilities(
            sideTables: true, rowAuthentication: false, locksBetweenProcesses: false, durable: false)
    }

    func prepare() throws {}

    func find(query: HostQuery) throws -> HostPage {
        try mutex.withLock {
            let found = try rows.filter { try $0.matches(query) }
            let ordered = found.sorted { $0.place.precedes($1.place) }
            let after = ordered.filter { row in query.cursor.map { $0.precedes(row.place) } ?? true }
            let page = Array(after.prefix(Int(query.limit)))
            let next = after.count > page.count ? page.last?.place : nil
            return HostPage(rows: page.map { $0.host }, next: next)
        }
    }

    func apply(changes: HostChangeSet) throws {
        try mutex.withLock {
            var changed = rows
            for scope in changes.expectScopes { try Self.expect(scope, in: changed) }
            for change in changes.changes { try Self.make(change, in: &changed) }
            do {
                let options: Data.WritingOptions = .atomic
                try JSONEncoder().encode(changed).write(to: file, options: options)
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            } catch {
                throw HostError.storeUnavailable("the file cannot be written")
            }
            rows = changed
        }
    }

    func lock(app: String, reference: String, waitMs: UInt64) throws -> UInt64 {
        try scopes.lock([app, reference], waitMs: waitMs)
    }

    func unlock(lock: UInt64) throws {
        scopes.unlock(lock)
    }

    /// The keys of the scope are exactly those that the library has read.
    private static func expect(_ scope: HostExpectedScope, in rows: [Row]) throws {
        let found = rows.filter { $0.table == .keys && $0["app_id"].is(scope.app) && $0["ref_id"].is(scope.reference) }
        guard Set(found.map { $0.version }) == Set(scope.versions) else {
            throw HostError.conflict("the keys of the scope changed")
        }
    }

    private static func make(_ change: HostChange, in rows: inout [Row]) throws {
        let row = Row(table: change.row.table, columns: change.row.columns)
        let at = rows.firstIndex { $0.table == row.table && zip($0.id, row.id).allSatisfy { $0.is($1) } }
        switch change.kind {
        case .insert:
            guard at == nil else { throw HostError.duplicate("the row exists") }
        case .update, .delete:
            guard let at, rows[at].version == change.row.version else { throw HostError.conflict("the row changed") }
            rows.remove(at: at)
        }
        if change.kind == .delete { return }
        if row.table == .keys, let unique = row["uni_ident"], rows.contains(where: { $0["uni_ident"].is(unique) }) {
            throw HostError.duplicate("the uni_ident exists")
        }
        rows.append(row)
    }
}

/// A row as it is kept.
private struct Row: Codable {
    let number: Int
    let columns: [String?]

    init(table: HostTable, columns: [String?]) {
        number = HostTable.allCases.firstIndex(of: table)!
        self.columns = columns
    }

    var table: HostTable { HostTable.allCases[number] }

    subscript(column: String) -> String? {
        host[column]
    }

    /// The first column, or the first two of former thumbprints.
    var id: [String?] { Array(columns.prefix(table == .formerThumbprints ? 2 : 1)) }

    /// All columns are the version.
    var version: Data { Data(columns.map { $0.map { "=" + $0 } ?? "" }.joined(separator: "\n").utf8) }

    var host: HostRow { HostRow(table: table, columns: columns, version: version) }

    /// What rows are ordered by; it is the cursor, too.
    var place: String {
        let parts: [String?] =
            switch table {
            case .keys: [self["key_gen_dtimes"], self["id"]]
            case .intents: [self["begun"], self["alias"]]
            case .policies, .formerThumbprints, .poolKeys: id
            }
        return parts.map { $0 ?? "" }.joined(separator: "\t")
    }

    func matches(_ query: HostQuery) throws -> Bool {
        func has(_ column: String, _ value: Int = 0) -> Bool { self[column].is(query.values[value]) }
        func since(_ column: String) -> Bool { self[column].map { !$0.precedes(query.values[0]) } ?? false }
        return switch query.select {
        case .keyByAlias: table == .keys && has("id")
        case .keysByThumbprint: table == .keys && has("cert_thumbprint")
        case .keysWithoutThumbprint: table == .keys && self["cert_thumbprint"] == nil
        case .keysByScope: table == .keys && has("app_id") && has("ref_id", 1)
        case .keysByMaster: table == .keys && has("master_key")
        case .keysChangedSince: table == .keys && (since("cr_dtimes") || since("key_store_cr_dtimes"))
        case .allKeys: table == .keys
        case .policy: table == .policies && has("app_id")
        case .allPolicies: table == .policies
        case .allIntents: table == .intents
        case .formerThumbprint: table == .formerThumbprints && has("thumbprint")
        case .formerThumbprintsOf: table == .formerThumbprints && has("alias")
        case .allFormerThumbprints: table == .formerThumbprints
        case .readyPoolKeys:
            table == .poolKeys && has("master_key") && self["used"] == nil
                && !(self["alias"] ?? "").precedes(query.values[1])
        case .poolKeysOf: table == .poolKeys && has("master_key")
        case .allPoolKeys: table == .poolKeys
        }
    }
}

// Texts are their bytes. Swift's own comparison takes letters that look the same, composed or not, for the same.

extension String {
    fileprivate func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension String? {
    fileprivate func `is`(_ other: String?) -> Bool { self.map { Array($0.utf8) } == other.map { Array($0.utf8) } }
}

/// Locks of scopes inside one process.
private final class ScopeLocks: @unchecked Sendable {
    private let freed = NSCondition()
    private var held: [[String]: UInt64] = [:]
    private var last: UInt64 = 0

    func lock(_ scope: [String], waitMs: UInt64) throws -> UInt64 {
        let end = Date(timeIntervalSinceNow: Double(waitMs) / 1000)
        freed.lock()
        defer { freed.unlock() }
        while held[scope] != nil {
            guard freed.wait(until: end) else { throw HostError.lockTimeout("another holds the lock") }
        }
        last += 1
        held[scope] = last
        return last
    }

    func unlock(_ lock: UInt64) {
        freed.lock()
        defer { freed.unlock() }
        held = held.filter { $0.value != lock }
        freed.broadcast()
    }
}
