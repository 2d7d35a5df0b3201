// A client encrypts a packet with nothing but the certificate of its centre.
//
//     swift run EncryptWithCertificate CERTIFICATE PACKET ENVELOPE
import Foundation
import Keymanager

guard CommandLine.arguments.count == 4 else {
    print("usage: \(CommandLine.arguments[0]) CERTIFICATE PACKET ENVELOPE")
    exit(2)
}
let files = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
let certificate = try Data(contentsOf: files[0])
do throws(KeymanagerError) {
    // Piece by piece; the envelope appears whole or not at all.
    let done = try encryptFile(
        files[1], to: files[2], certificate: certificate, options: EnvelopeOptions(layout: .packet))
    print("\(done.bytesIn) bytes in, \(done.bytesOut) bytes out")
} catch {
    // What went wrong, and what to do next.
    FileHandle.standardError.write(Data("\(error.name): \(error.detail)\n\(error.next)\n".utf8))
    exit(Int32(error.exit))
}
