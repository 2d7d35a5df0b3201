import Foundation
import KeyManagerGenerated

/// Checks a report that was kept. Whether its certificate is to be trusted is for the caller to know.
public func verifyReport(_ report: SignedReport) throws(KeymanagerError) {
    try translated { try KeyManagerGenerated.verifyReport(report: report) }
}

extension KeyManager {
    /// Wraps again all that the Module keys of an application wrap, so that it hangs under one of them. Can be repeated, and
    /// goes on where it was interrupted.
    ///
    /// - Parameters:
    ///   - to: the master backend of the new Module key, which must be there, when it is not that of the manager.
    ///   - module: the alias of the new Module key; nil for the current one of the application.
    ///   - stopAtDamaged: end at the first key that cannot be wrapped again; otherwise it is left as it is, and reported.
    @discardableResult
    public func rewrap(
        app: String, to: Master? = nil, module: String? = nil, stopAtDamaged: Bool = false,
        progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> RewrapReport {
        let request = RewrapRequest(to: to?.facade, module: module, stopAtDamaged: stopAtDamaged)
        return try calling { try $0.rewrap(app: app, request: request, progress: progress) }
    }

    /// Copies every row of the store into another, and compares both in the end; `create` makes an embedded store new. Can
    /// be repeated, and goes on where it was interrupted. Nobody may write to the store meanwhile.
    @discardableResult
    public func copyStore(
        to: Store, create: Bool = false, stopAtDamaged: Bool = false, progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> CopyReport {
        try calling {
            try $0.copyStore(to: to.facade, create: create, stopAtDamaged: stopAtDamaged, progress: progress)
        }
    }

    /// Copies the store, and the key file if there is one, into an archive, which must not exist; `open` opens every key of
    /// it. A token is not copied.
    @discardableResult
    public func backup(
        to archive: URL, open: Bool = false, progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> BackupReport {
        try calling { try $0.backup(path: archive.path, open: open, progress: progress) }
    }

    /// Looks at an archive; with `open`, whether every key opens with the master keys of this manager.
    @discardableResult
    public func verifyBackup(
        _ archive: URL, open: Bool = false, progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> BackupReport {
        try calling { try $0.verifyBackup(path: archive.path, open: open, progress: progress) }
    }

    /// Puts an archive back, as an SQLite file and a key file. Nothing may be there, and the store of this manager is not
    /// touched.
    @discardableResult
    public func restoreBackup(
        _ archive: URL, store: URL, keyFile: URL? = nil, progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> BackupReport {
        try calling {
            try $0.restoreBackup(path: archive.path, store: store.path, keyFile: keyFile?.path, progress: progress)
        }
    }
}
