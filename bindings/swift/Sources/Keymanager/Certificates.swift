import Foundation
import KeyManagerGenerated

extension KeyManager {
    /// The current certificate of a scope as PEM; the key is made or renewed when the rules say so.
    public func certificate(app: String, reference: String) throws(KeymanagerError) -> String {
        try calling { try $0.certificate(app: app, reference: reference) }
    }

    /// The certificate with this thumbprint (64 hexadecimal digits) as PEM; nil when no key has it.
    public func certificateOf(thumbprint: String) throws(KeymanagerError) -> String? {
        try calling { try $0.certificateOf(thumbprint: thumbprint) }
    }

    /// Every certificate of a scope, those of former keys too.
    public func allCertificates(app: String, reference: String) throws(KeymanagerError) -> [KeyCertificate] {
        try calling { try $0.allCertificates(app: app, reference: reference) }
    }

    /// The current certificate of a scope and those above it up to the Root's, as PEM one after the other.
    public func chain(app: String, reference: String) throws(KeymanagerError) -> String {
        try calling { try $0.chain(app: app, reference: reference) }
    }

    /// The same chain as a PKCS#7 bundle in PEM.
    public func chainPkcs7(app: String, reference: String) throws(KeymanagerError) -> String {
        try calling { try $0.chainPkcs7(app: app, reference: reference) }
    }

    /// A certification request for the current key of a scope; the key is made or renewed when the rules say so.
    public func generateCsr(
        app: String, reference: String, subject: Subject = Subject()
    ) throws(KeymanagerError) -> KeyCsr {
        try calling { try $0.generateCsr(app: app, reference: reference, subject: subject.facade) }
    }

    /// Puts a certificate, PEM or DER, in the place of that of the current key of a scope.
    @discardableResult
    public func uploadCertificate(
        _ certificate: Data, app: String, reference: String
    ) throws(KeymanagerError) -> Key {
        try calling { try $0.uploadCertificate(app: app, reference: reference, certificate: certificate) }
    }

    /// Keeps a certificate, PEM or DER, of another domain, so that it can be encrypted to.
    @discardableResult
    public func uploadOtherDomain(
        _ certificate: Data, app: String, reference: String
    ) throws(KeymanagerError) -> Key {
        try calling { try $0.uploadOtherDomain(app: app, reference: reference, certificate: certificate) }
    }
}
