import KeyManagerGenerated

// What a program lends the library: a record store, a master backend, decisions, an audit trail, progress. The contracts are in docs/bindings.md,
// section 2. Methods may be called from any thread, also side by side, and must not call the library from inside.

public typealias HostStore = KeyManagerGenerated.HostStore
public typealias HostStoreCapabilities = KeyManagerGenerated.HostStoreCapabilities
public typealias HostTable = KeyManagerGenerated.HostTable
public typealias HostRow = KeyManagerGenerated.HostRow
public typealias HostSelect = KeyManagerGenerated.HostSelect
public typealias HostQuery = KeyManagerGenerated.HostQuery
public typealias HostPage = KeyManagerGenerated.HostPage
public typealias HostChangeKind = KeyManagerGenerated.HostChangeKind
public typealias HostChange = KeyManagerGenerated.HostChange
public typealias HostChangeSet = KeyManagerGenerated.HostChangeSet
public typealias HostExpectedScope = KeyManagerGenerated.HostExpectedScope

public typealias HostMaster = KeyManagerGenerated.HostMaster
public typealias HostMasterCapabilities = KeyManagerGenerated.HostMasterCapabilities
public typealias HostMasterEntry = KeyManagerGenerated.HostMasterEntry
public typealias HostMasterPage = KeyManagerGenerated.HostMasterPage
public typealias HostKeyKind = KeyManagerGenerated.HostKeyKind
public typealias HostHash = KeyManagerGenerated.HostHash
public typealias HostSignature = KeyManagerGenerated.HostSignature
public typealias HostSignInput = KeyManagerGenerated.HostSignInput
public typealias HostDirection = KeyManagerGenerated.HostDirection
public typealias HostOaep = KeyManagerGenerated.HostOaep

public typealias HostProgress = KeyManagerGenerated.HostProgress

public typealias HostAccess = KeyManagerGenerated.HostAccess
public typealias HostAccessRequest = KeyManagerGenerated.HostAccessRequest
public typealias HostAudit = KeyManagerGenerated.HostAudit
public typealias HostAuditEvent = KeyManagerGenerated.HostAuditEvent
public typealias HostAuditKey = KeyManagerGenerated.HostAuditKey

/// What a host throws: a number of the error table, or one of its own, and a sentence without secrets. Anything else that
/// it throws arrives as a failure of the store or the master backend, without its text (BND-82).
public typealias HostError = KeyManagerGenerated.HostFailure

extension HostFailure {
    /// The store fails.
    public static func storeUnavailable(_ detail: String) -> Self { .Failed(number: 7001, detail: detail) }
    /// A newer release wrote the store.
    public static func storeVersion(_ detail: String) -> Self { .Failed(number: 7002, detail: detail) }
    /// A row, or the keys of a scope, are no longer those that were expected.
    public static func conflict(_ detail: String) -> Self { .Failed(number: 7004, detail: detail) }
    /// A row with this id, or this unique column, exists.
    public static func duplicate(_ detail: String) -> Self { .Failed(number: 7005, detail: detail) }
    /// Another holds the lock.
    public static func lockTimeout(_ detail: String) -> Self { .Failed(number: 7006, detail: detail) }
    /// The master backend fails.
    public static func masterUnavailable(_ detail: String) -> Self { .Failed(number: 7007, detail: detail) }
    /// A new master key under an alias that has one.
    public static func aliasExists(_ detail: String) -> Self { .Failed(number: 7011, detail: detail) }
    /// A master key that cannot do this.
    public static func wrongKeyKind(_ detail: String) -> Self { .Failed(number: 7012, detail: detail) }
    /// No master key under this alias.
    public static func aliasNotFound(_ detail: String) -> Self { .Failed(number: 3008, detail: detail) }
    /// A number, kind or scheme that this host does not know.
    public static func unsupported(_ detail: String) -> Self { .Failed(number: 1008, detail: detail) }
    /// The ciphertext does not open.
    public static let decryptionFailed = Self.Failed(number: 6001, detail: "")
}

extension HostTable {
    /// The columns of its rows, in their order (BND-24).
    public var columns: [String] {
        switch self {
        case .keys:
            [
                "id", "app_id", "ref_id", "key_gen_dtimes", "key_expire_dtimes", "cert_thumbprint", "uni_ident", "cr_by",
                "cr_dtimes", "master_key", "private_key", "certificate_data", "key_store_cr_by", "key_store_cr_dtimes",
            ]
        case .policies:
            [
                "app_id", "key_validity_duration", "pre_expire_days", "is_active", "access_allowed", "cr_by", "cr_dtimes",
            ]
        case .intents: ["alias", "app_id", "ref_id", "begun"]
        case .formerThumbprints: ["thumbprint", "alias", "until"]
        case .poolKeys: ["alias", "master_key", "public_key", "private_key", "signature", "created", "used"]
        }
    }
}

extension HostRow {
    /// The value of a column by its name; nil for NULL, and for a column that the table does not have.
    public subscript(column: String) -> String? {
        guard let at = table.columns.firstIndex(of: column), at < columns.count else { return nil }
        return columns[at]
    }
}
