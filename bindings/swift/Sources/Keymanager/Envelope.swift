import Foundation
import KeyManagerGenerated

/// The layout of an envelope (docs/envelopes.md).
public enum Layout: String, CaseIterable, Sendable {
    /// With a header; the default.
    case verR2 = "ver_r2"
    /// A layer of a registration packet.
    case packet
    /// With additional authenticated data of the caller.
    case aad
    /// With a salt of the caller, and maybe additional authenticated data.
    case salt
}

/// How an envelope is made or read.
public struct EnvelopeOptions: Hashable, Sendable {
    /// Nil means ``Layout/verR2`` to encrypt, and the one layout that fits to decrypt.
    public var layout: Layout?
    /// The caller's additional authenticated data; empty for layouts that carry their own.
    public var aad: Data
    /// The caller's salt of 12 or 16 bytes; only for layouts that do not carry their own.
    public var salt: Data?

    public init(layout: Layout? = nil, aad: Data = Data(), salt: Data? = nil) {
        self.layout = layout
        self.aad = aad
        self.salt = salt
    }

    var facade: KeyManagerGenerated.EnvelopeOptions {
        KeyManagerGenerated.EnvelopeOptions(layout: layout?.rawValue, aad: aad, salt: salt)
    }
}

/// Encrypts to a certificate, PEM or DER, which must be valid now. Needs no store and no key.
public func encrypt(
    _ plaintext: Data, certificate: Data, options: EnvelopeOptions = EnvelopeOptions()
) throws(KeymanagerError) -> Data {
    try translated {
        try KeyManagerGenerated.encrypt(certificate: certificate, options: options.facade, plaintext: plaintext)
    }
}

/// Explains bytes without any key: an envelope, a certificate, a request, a bundle, a key file. What it does not know is of
/// the kind `unknown`, with the reasons. `certificate`, PEM or DER, is compared with the recipient.
public func inspect(_ bytes: Data, certificate: Data? = nil) throws(KeymanagerError) -> InspectReport {
    try translated { try KeyManagerGenerated.inspect(bytes: bytes, certificate: certificate) }
}
