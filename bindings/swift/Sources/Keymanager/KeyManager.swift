import Foundation
import KeyManagerGenerated

/// Keys, certificates and envelopes of one deployment, at the system's time.
///
/// Every call may block, and may come from any thread; ``KeyManager/inBackground(_:)`` makes any of them asynchronous.
public final class KeyManager: @unchecked Sendable {
    /// Where records are kept.
    public enum Store: Sendable {
        /// The embedded store, a file.
        case sqlite(URL)
        /// The PostgreSQL database of a MOSIP key manager: `postgresql://USER@HOST/DATABASE?…`, without a password; and the
        /// address of a replica that reads may go to.
        case postgres(address: String, password: Data? = nil, readFrom: String? = nil)
        /// A store that the program implements.
        case host(any HostStore)
    }

    /// Where master keys are kept.
    public enum Master: Sendable {
        /// A PKCS#12 file, and its passphrase in printable ASCII.
        case keyFile(URL, passphrase: Data)
        /// A PKCS#11 token by its RFC 7512 address, with `module-path`. A wrong PIN is tried once.
        case token(uri: String, pin: Data)
        /// A backend that the program implements.
        case host(any HostMaster)
    }

    private let lock = NSLock()
    /// Nil once it was closed. A call that is running keeps it until it has returned.
    private var handle: KeyManagerHandle?

    /// Opens a manager over a store and a master backend, each embedded or of the program.
    ///
    /// - Parameters:
    ///   - create: make the embedded store and the key file new; an error when they are there. Others make their own.
    ///   - caller: the name that policies with a list of users are compared with.
    ///   - config: the text of a `keymanager.toml` (docs/configuration.md); what it says about places is not used.
    ///   - access: decides who may do what; nil for everybody everything.
    ///   - audit: keeps what happens; nil for nobody.
    ///   - auditMayFail: a verb goes on when what happens cannot be kept; otherwise it does not begin.
    public init(
        store: Store, master: Master, create: Bool = false, caller: String? = nil, config: String? = nil,
        access: (any HostAccess)? = nil, audit: (any HostAudit)? = nil, auditMayFail: Bool = false
    ) throws(KeymanagerError) {
        let options = ManagerOptions(
            store: store.facade, master: master.facade, create: create, caller: caller, config: config, access: access,
            audit: audit, auditMayFail: auditMayFail)
        handle = try translated { try KeyManagerHandle.open(options: options) }
    }

    /// Gives back files and hosts, once calls that are running have returned. Further calls fail; closing again does nothing.
    /// What goes out of scope closes itself (BND-81).
    public func close() {
        let closed = lock.withLock {
            defer { handle = nil }
            return handle
        }
        // The last reference may end here, and with it a host's objects: not while the lock is held.
        _ = closed
    }

    func calling<T>(_ body: (KeyManagerHandle) throws -> T) throws(KeymanagerError) -> T {
        guard let handle = lock.withLock({ handle }) else { throw .closed }
        return try translated { try body(handle) }
    }
}

extension KeyManager.Store {
    var facade: StoreChoice {
        switch self {
        case .sqlite(let file): .sqlite(path: file.path)
        case .postgres(let address, let password, let readFrom):
            .postgres(address: address, password: password, readFrom: readFrom)
        case .host(let store): .host(store)
        }
    }
}

extension KeyManager.Master {
    var facade: MasterChoice {
        switch self {
        case .keyFile(let file, let passphrase): .keyFile(path: file.path, passphrase: passphrase)
        case .token(let uri, let pin): .token(uri: uri, pin: pin)
        case .host(let master): .host(master)
        }
    }
}

extension KeyManager {
    /// Prepares the store and writes the default policies where there are none. Idempotent.
    public func initialise() throws(KeymanagerError) {
        try calling { try $0.initialise() }
    }

    /// Encrypts to the current key of a scope; the key is made or renewed when the rules say so.
    public func encrypt(
        _ plaintext: Data, app: String, reference: String, options: EnvelopeOptions = EnvelopeOptions()
    ) throws(KeymanagerError) -> Data {
        try calling {
            try $0.encrypt(app: app, reference: reference, options: options.facade, plaintext: plaintext)
        }
    }

    /// Opens an envelope under an application; it names its key itself. The plaintext is the caller's, who wipes it.
    public func decrypt(
        _ envelope: Data, app: String, reference: String = "", options: EnvelopeOptions = EnvelopeOptions()
    ) throws(KeymanagerError) -> Data {
        try calling {
            try $0.decrypt(app: app, reference: reference, options: options.facade, envelope: envelope)
        }
    }
}
