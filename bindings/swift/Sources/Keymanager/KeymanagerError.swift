import Foundation
import KeyManagerGenerated

/// The one error of the library: a row of its error table (docs/errors.md) and a sentence. It never holds a secret.
public struct KeymanagerError: Error, Hashable, Sendable {
    /// Who must act.
    public enum Category: String, Sendable {
        case misuse, malformed, refused, backend, bug
        case notFound = "not_found"
        case notTrusted = "not_trusted"
        case decryptionFailed = "decryption_failed"
    }

    /// The stable number; 99 for a defect of the library that was caught.
    public let number: UInt32
    /// The stable name, such as `decryption_failed`.
    public let name: String
    /// Who must act.
    public let category: Category
    /// The exit status that a program ends with on this error.
    public let exit: UInt8
    /// The code that the MOSIP key manager answers in the same situation.
    public let mosipCode: String?
    /// The sentence that names what was wrong.
    public let detail: String
    /// What whoever meets the error can do next.
    public let next: String
}

extension KeymanagerError {
    /// What the generated code throws. All but the library's own error is a panic that it caught; the text of one stays
    /// inside, since nobody has read what it may hold.
    init(_ error: any Error) {
        if let error = error as? KeymanagerError {
            self = error
            return
        }
        guard case let FacadeFailure.Failed(number, name, category, exit, mosipCode, detail, next) = error else {
            self.init(
                number: 99, name: "panic", category: .bug, exit: 1, mosipCode: nil,
                detail: "a panic was caught at the boundary",
                next: "Report it, with what was being done and the version.")
            return
        }
        self.init(
            number: number, name: name, category: Category(rawValue: category) ?? .bug, exit: exit, mosipCode: mosipCode,
            detail: detail, next: next)
    }

    /// A handle that was closed is used.
    static let closed = KeymanagerError(
        number: 1001, name: "invalid_argument", category: .misuse, exit: 2, mosipCode: "KER-KMS-005",
        detail: "the key manager was closed", next: "Open another one.")
}

extension KeymanagerError: LocalizedError, CustomStringConvertible {
    public var description: String { "\(number) \(name): \(detail)" }
    public var errorDescription: String? { detail }
    public var recoverySuggestion: String? { next }
}

/// Calls the generated code, with its errors as ours (BND-80).
func translated<T>(_ body: () throws -> T) throws(KeymanagerError) -> T {
    do {
        return try body()
    } catch {
        throw KeymanagerError(error)
    }
}
