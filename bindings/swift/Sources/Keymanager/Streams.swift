import Foundation
import KeyManagerGenerated

/// How many bytes went in and came out.
public typealias Transferred = KeyManagerGenerated.Transferred

/// Encrypts piece by piece, in bounded memory. Calls are made one after the other; from which threads does not matter.
public final class EncryptStream: Sendable {
    private let stream: KeyManagerGenerated.EncryptStream

    fileprivate init(_ stream: KeyManagerGenerated.EncryptStream) {
        self.stream = stream
    }

    /// Encrypts the next piece of the plaintext, and answers what comes next in the envelope.
    public func update(_ data: Data) throws(KeymanagerError) -> Data {
        try translated { try stream.update(data: data) }
    }

    /// Ends the envelope, and answers its last bytes.
    public func finish() throws(KeymanagerError) -> Data {
        try translated { try stream.finish() }
    }
}

/// Decrypts an envelope that comes in pieces, into a file: no plaintext leaves before its tag was checked. Calls are made
/// one after the other; from which threads does not matter. A stream that is let go before `finish` leaves nothing.
public final class DecryptStream: Sendable {
    private let stream: KeyManagerGenerated.DecryptStream

    fileprivate init(_ stream: KeyManagerGenerated.DecryptStream) {
        self.stream = stream
    }

    /// Takes the next bytes of the envelope, of any number.
    public func update(_ data: Data) throws(KeymanagerError) {
        try translated { try stream.update(data: data) }
    }

    /// Checks the tag, and gives the file its name.
    @discardableResult
    public func finish() throws(KeymanagerError) -> Transferred {
        try translated { try stream.finish() }
    }
}

/// Begins an envelope to a certificate, PEM or DER, whose plaintext comes in pieces.
public func encryptStream(
    certificate: Data, options: EnvelopeOptions = EnvelopeOptions()
) throws(KeymanagerError) -> EncryptStream {
    try translated {
        EncryptStream(try KeyManagerGenerated.encryptStream(certificate: certificate, options: options.facade))
    }
}

/// Encrypts a file to a certificate, PEM or DER. The output appears whole or not at all; without `overwrite` there must be
/// none.
@discardableResult
public func encryptFile(
    _ input: URL, to output: URL, certificate: Data, options: EnvelopeOptions = EnvelopeOptions(),
    overwrite: Bool = false, progress: (any HostProgress)? = nil
) throws(KeymanagerError) -> Transferred {
    let places = FilePlaces(input: input.path, output: output.path, overwrite: overwrite)
    return try translated {
        try KeyManagerGenerated.encryptFile(
            certificate: certificate, options: options.facade, places: places, progress: progress)
    }
}

extension KeyManager {
    /// Begins an envelope to the current key of a scope, whose plaintext comes in pieces; the key is made or renewed when
    /// the rules say so.
    public func encryptStream(
        app: String, reference: String, options: EnvelopeOptions = EnvelopeOptions()
    ) throws(KeymanagerError) -> EncryptStream {
        try calling {
            EncryptStream(try $0.encryptStream(app: app, reference: reference, options: options.facade))
        }
    }

    /// Encrypts a file to the current key of a scope. The output appears whole or not at all; without `overwrite` there
    /// must be none.
    @discardableResult
    public func encryptFile(
        _ input: URL, to output: URL, app: String, reference: String, options: EnvelopeOptions = EnvelopeOptions(),
        overwrite: Bool = false, progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> Transferred {
        let places = FilePlaces(input: input.path, output: output.path, overwrite: overwrite)
        return try calling {
            try $0.encryptFile(
                app: app, reference: reference, options: options.facade, places: places, progress: progress)
        }
    }

    /// Begins to decrypt an envelope that comes in pieces, into the file `output`, which gets its name when the tag was
    /// checked.
    public func decryptStream(
        to output: URL, app: String, reference: String = "", options: EnvelopeOptions = EnvelopeOptions(),
        overwrite: Bool = false
    ) throws(KeymanagerError) -> DecryptStream {
        try calling {
            let stream = try $0.decryptStream(
                app: app, reference: reference, options: options.facade, output: output.path, overwrite: overwrite)
            return DecryptStream(stream)
        }
    }

    /// Decrypts a file into another, which gets its name when the tag was checked; without `overwrite` there must be none.
    @discardableResult
    public func decryptFile(
        _ input: URL, to output: URL, app: String, reference: String = "",
        options: EnvelopeOptions = EnvelopeOptions(), overwrite: Bool = false, progress: (any HostProgress)? = nil
    ) throws(KeymanagerError) -> Transferred {
        let places = FilePlaces(input: input.path, output: output.path, overwrite: overwrite)
        return try calling {
            try $0.decryptFile(
                app: app, reference: reference, options: options.facade, places: places, progress: progress)
        }
    }
}
