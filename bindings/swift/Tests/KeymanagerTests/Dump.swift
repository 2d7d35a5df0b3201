import Foundation
import Keymanager

/// The rows of a `pg_dump --column-inserts`, as a store gets them.
struct Dump {
    private let inserts: [String: [[String: String]]]

    init(_ text: String) throws {
        var inserts: [String: [[String: String]]] = [:]
        for piece in text.components(separatedBy: "INSERT INTO keymgr.").dropFirst() {
            let table = String(piece.prefix { $0 != " " })
            let names = piece[piece.index(after: piece.firstIndex(of: "(")!)..<piece.firstIndex(of: ")")!]
            let columns = names.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let values = Self.values(piece[piece.range(of: "VALUES (")!.upperBound...])
            var row: [String: String] = [:]
            for (column, value) in zip(columns, values) { row[column] = value }
            inserts[table, default: []].append(row)
        }
        self.inserts = inserts
    }

    /// The values of a statement up to its closing parenthesis; nil for NULL.
    private static func values(_ text: Substring) -> [String?] {
        var values: [String?] = []
        var rest = text
        while true {
            if rest.first == "'" {
                rest = rest.dropFirst()
                var value = ""
                // A quote inside is doubled.
                while let end = rest.firstIndex(of: "'") {
                    value += rest[..<end]
                    rest = rest[rest.index(after: end)...]
                    guard rest.first == "'" else { break }
                    value += "'"
                    rest = rest.dropFirst()
                }
                values.append(value)
            } else {
                let word = rest.prefix { $0 != "," && $0 != ")" }
                values.append(word == "NULL" ? nil : String(word))
                rest = rest.dropFirst(word.count)
            }
            guard rest.hasPrefix(", ") else { return values }
            rest = rest.dropFirst(2)
        }
    }

    /// Keys with their stored half, and policies. Times get the fraction that PostgreSQL leaves out.
    func rows() throws -> [HostRow] {
        let stored = Dictionary(grouping: inserts["key_store"] ?? []) { $0["id"] ?? "" }
        let keys = (inserts["key_alias"] ?? []).map { key in
            let half = stored[key["id"] ?? ""]?.first ?? [:]
            return HostRow(
                table: .keys,
                columns: [
                    key["id"], key["app_id"], key["ref_id"] ?? "", time(key["key_gen_dtimes"]),
                    time(key["key_expire_dtimes"]), key["cert_thumbprint"], key["uni_ident"], key["cr_by"],
                    time(key["cr_dtimes"]), half["master_key"], half["private_key"], half["certificate_data"],
                    half["cr_by"], time(half["cr_dtimes"]),
                ], version: nil)
        }
        let policies = (inserts["key_policy_def"] ?? []).map { policy in
            let columns = HostTable.policies.columns.map { name in
                name == "cr_dtimes" ? time(policy[name]) : policy[name]
            }
            return HostRow(table: .policies, columns: columns, version: nil)
        }
        return keys + policies
    }

    private func time(_ text: String?) -> String? {
        guard let text else { return nil }
        let parts = text.split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return parts[0] + "." + fraction.padding(toLength: 6, withPad: "0", startingAt: 0)
    }
}
