import Foundation
import KeyManagerGenerated

extension KeyManager {
    /// Makes the Root, Module and signing keys that are missing. Idempotent; takes seconds where RSA keys are made.
    @discardableResult
    public func generateAll(progress: (any HostProgress)? = nil) throws(KeymanagerError) -> GeneratedKeys {
        try calling { try $0.generateAll(progress: progress) }
    }

    /// Makes one key, unless there is a current one and `force` is not set. A blank reference id asks for the
    /// application's Module key (or for the Root key), or for a signing key with the reference id of its kind.
    @discardableResult
    public func generate(
        app: String, reference: String = "", kind: KeyKind = .rsa, force: Bool = false, subject: Subject = Subject()
    ) throws(KeymanagerError) -> GeneratedKeys {
        let request = KeyRequest(
            app: app, reference: reference, kind: kind.rawValue, force: force, subject: subject.facade)
        return try calling { try $0.generate(request: request) }
    }

    /// Makes or finds a master key, and answers its certificate or a certification request.
    public func generateMasterKey(
        app: String, reference: String = "", as type: ObjectType, force: Bool = false, subject: Subject = Subject()
    ) throws(KeymanagerError) -> KeyObject {
        let request = ObjectRequest(
            app: app, reference: reference, objectType: type.rawValue, force: force, subject: subject.facade)
        return try calling { try $0.generateMasterKey(request: request) }
    }

    /// The same for an elliptic signing key.
    public func generateEcSignKey(
        app: String, reference: String, as type: ObjectType, force: Bool = false, subject: Subject = Subject()
    ) throws(KeymanagerError) -> KeyObject {
        let request = ObjectRequest(
            app: app, reference: reference, objectType: type.rawValue, force: force, subject: subject.facade)
        return try calling { try $0.generateEcSignKey(request: request) }
    }

    /// Replaces the current key of a scope by a new one.
    @discardableResult
    public func rotate(app: String, reference: String) throws(KeymanagerError) -> GeneratedKeys {
        try calling { try $0.rotate(app: app, reference: reference) }
    }

    /// Ends the current key of a scope. What it encrypted can still be decrypted.
    @discardableResult
    public func revoke(app: String, reference: String) throws(KeymanagerError) -> Key {
        try calling { try $0.revoke(app: app, reference: reference) }
    }

    /// The keys that fit `query`, by begin, then alias.
    public func keys(_ query: KeyQuery = KeyQuery()) throws(KeymanagerError) -> [Key] {
        try calling { try $0.keys(query: query.facade) }
    }

    /// The key with this alias, or this thumbprint (64 hexadecimal digits).
    public func key(_ aliasOrThumbprint: String) throws(KeymanagerError) -> Key {
        try calling { try $0.key(aliasOrThumbprint: aliasOrThumbprint) }
    }

    /// Makes RSA keys for Base keys of an application ahead of time, until `count` of them are ready.
    @discardableResult
    public func fillPool(
        app: String, count: UInt32, progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> Pool {
        try calling { try $0.fillPool(app: app, count: count, progress: progress) }
    }

    /// How many keys were made ahead of time, under each Module key.
    public func pool() throws(KeymanagerError) -> [Pool] {
        try calling { try $0.pool() }
    }
}
