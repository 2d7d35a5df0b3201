import Foundation
import KeyManagerGenerated

extension KeyManager {
    /// Every policy.
    public func policies() throws(KeymanagerError) -> [Policy] {
        try calling { try $0.policies() }
    }

    /// The policy of an application.
    public func policy(app: String) throws(KeymanagerError) -> Policy {
        try calling { try $0.policy(app: app) }
    }

    /// Changes a policy, or makes one.
    @discardableResult
    public func setPolicy(_ change: PolicyChange) throws(KeymanagerError) -> Policy {
        try calling { try $0.setPolicy(change: change.facade) }
    }

    /// Clears what a crash left behind, as far as that needs no decision.
    public func recover() throws(KeymanagerError) {
        try calling { try $0.recover() }
    }

    /// Compares store and master backend, and says what does not fit together.
    public func doctor(
        _ options: DoctorOptions = DoctorOptions(), progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> DoctorReport {
        try calling { try $0.doctor(request: options.facade, progress: progress) }
    }

    /// The same, and repairs what can be repaired.
    public func repair(
        _ options: DoctorOptions = DoctorOptions(), progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> DoctorReport {
        try calling { try $0.repair(request: options.facade, progress: progress) }
    }
}
