import Foundation
import KeyManagerGenerated

/// How far long work is.
public struct Step: Hashable, Sendable {
    /// Units that are done.
    public let done: UInt64
    /// Units there are; nil when that is not known.
    public let total: UInt64?
    /// What the units are, such as `keys`.
    public let what: String
}

extension KeyManager {
    /// Runs calls on a thread where they may block, which Swift's own threads must not:
    /// `try await manager.inBackground { try $0.rotate(app: app, reference: reference) }`.
    public func inBackground<T: Sendable>(
        _ body: @escaping @Sendable (KeyManager) throws -> T
    ) async throws -> T {
        try await detached { try body(self) }
    }

    /// ``generateAll(progress:)`` without blocking; ends with the error `cancelled` when its task is cancelled.
    @discardableResult
    public func generateAll(told: (@Sendable (Step) -> Void)? = nil) async throws(KeymanagerError) -> GeneratedKeys {
        try await obeying(told: told) { try self.generateAll(progress: $0) }
    }

    /// ``fillPool(app:count:progress:)`` without blocking; ends with the error `cancelled` when its task is cancelled.
    @discardableResult
    public func fillPool(
        app: String, count: UInt32, told: (@Sendable (Step) -> Void)? = nil
    ) async throws(KeymanagerError) -> Pool {
        try await obeying(told: told) { try self.fillPool(app: app, count: count, progress: $0) }
    }

    /// ``encryptFile(_:to:app:reference:options:overwrite:progress:)`` without blocking; ends with the error `cancelled`,
    /// and without output, when its task is cancelled.
    @discardableResult
    public func encryptFile(
        _ input: URL, to output: URL, app: String, reference: String, options: EnvelopeOptions = EnvelopeOptions(),
        overwrite: Bool = false, told: (@Sendable (Step) -> Void)? = nil
    ) async throws(KeymanagerError) -> Transferred {
        try await obeying(told: told) {
            try self.encryptFile(
                input, to: output, app: app, reference: reference, options: options, overwrite: overwrite, progress: $0)
        }
    }

    /// ``decryptFile(_:to:app:reference:options:overwrite:progress:)`` without blocking; ends with the error `cancelled`,
    /// and without output, when its task is cancelled.
    @discardableResult
    public func decryptFile(
        _ input: URL, to output: URL, app: String, reference: String = "",
        options: EnvelopeOptions = EnvelopeOptions(), overwrite: Bool = false,
        told: (@Sendable (Step) -> Void)? = nil
    ) async throws(KeymanagerError) -> Transferred {
        try await obeying(told: told) {
            try self.decryptFile(
                input, to: output, app: app, reference: reference, options: options, overwrite: overwrite, progress: $0)
        }
    }

    /// ``rewrap(app:to:module:stopAtDamaged:progress:)`` without blocking; ends with the error `cancelled` when its task is
    /// cancelled.
    @discardableResult
    public func rewrap(
        app: String, to: Master? = nil, module: String? = nil, stopAtDamaged: Bool = false,
        told: (@Sendable (Step) -> Void)? = nil
    ) async throws(KeymanagerError) -> RewrapReport {
        try await obeying(told: told) {
            try self.rewrap(app: app, to: to, module: module, stopAtDamaged: stopAtDamaged, progress: $0)
        }
    }

    /// ``copyStore(to:create:stopAtDamaged:progress:)`` without blocking; ends with the error `cancelled` when its task is
    /// cancelled.
    @discardableResult
    public func copyStore(
        to: Store, create: Bool = false, stopAtDamaged: Bool = false, told: (@Sendable (Step) -> Void)? = nil
    ) async throws(KeymanagerError) -> CopyReport {
        try await obeying(told: told) {
            try self.copyStore(to: to, create: create, stopAtDamaged: stopAtDamaged, progress: $0)
        }
    }

    /// ``backup(to:open:progress:)`` without blocking; ends with the error `cancelled`, and without archive, when its task
    /// is cancelled.
    @discardableResult
    public func backup(
        to archive: URL, open: Bool = false, told: (@Sendable (Step) -> Void)? = nil
    ) async throws(KeymanagerError) -> BackupReport {
        try await obeying(told: told) { try self.backup(to: archive, open: open, progress: $0) }
    }

    /// ``doctor(_:progress:)`` without blocking; ends with the error `cancelled` when its task is cancelled.
    public func doctor(
        _ options: DoctorOptions = DoctorOptions(), told: (@Sendable (Step) -> Void)? = nil
    ) async throws(KeymanagerError) -> DoctorReport {
        try await obeying(told: told) { try self.doctor(options, progress: $0) }
    }

    /// ``repair(_:progress:)`` without blocking; ends with the error `cancelled` when its task is cancelled.
    public func repair(
        _ options: DoctorOptions = DoctorOptions(), told: (@Sendable (Step) -> Void)? = nil
    ) async throws(KeymanagerError) -> DoctorReport {
        try await obeying(told: told) { try self.repair(options, progress: $0) }
    }
}

/// ``encryptFile(_:to:certificate:options:overwrite:progress:)`` without blocking; ends with the error `cancelled`, and
/// without output, when its task is cancelled.
@discardableResult
public func encryptFile(
    _ input: URL, to output: URL, certificate: Data, options: EnvelopeOptions = EnvelopeOptions(),
    overwrite: Bool = false, told: (@Sendable (Step) -> Void)? = nil
) async throws(KeymanagerError) -> Transferred {
    try await obeying(told: told) { progress in
        try encryptFile(
            input, to: output, certificate: certificate, options: options, overwrite: overwrite, progress: progress)
    }
}

/// Runs calls on a thread where they may block (BND-83).
private func detached<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}

/// Long work on such a thread: told of each step, and cancelled with its task. What was done by then stays.
private func obeying<T: Sendable>(
    told: (@Sendable (Step) -> Void)?, _ body: @escaping @Sendable (any HostProgress) throws -> T
) async throws(KeymanagerError) -> T {
    let progress = TaskProgress(told)
    do {
        return try await withTaskCancellationHandler {
            try await detached { try body(progress) }
        } onCancel: {
            progress.cancel()
        }
    } catch {
        throw KeymanagerError(error)
    }
}

/// Progress that a task's cancellation ends.
private final class TaskProgress: HostProgress, @unchecked Sendable {
    private let lock = NSLock()
    private var ended = false
    private let told: (@Sendable (Step) -> Void)?

    init(_ told: (@Sendable (Step) -> Void)?) {
        self.told = told
    }

    func cancel() {
        lock.withLock { ended = true }
    }

    func advance(done: UInt64, total: UInt64?, what: String) {
        told?(Step(done: done, total: total, what: what))
    }

    func cancelled() -> Bool {
        lock.withLock { ended }
    }
}
