// A server makes its keys in a new folder, decrypts what clients sent, and renews a key.
//
//     swift run KeyHierarchy FOLDER
import Foundation
import Keymanager

guard CommandLine.arguments.count == 2 else {
    print("usage: \(CommandLine.arguments[0]) FOLDER")
    exit(2)
}
let folder = URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true)
// From a safe place: the keychain, a file that only its owner can read.
let passphrase = Data("a passphrase from a safe place".utf8)

let manager = try KeyManager(
    store: .sqlite(folder.appendingPathComponent("keymanager.db")),
    master: .keyFile(folder.appendingPathComponent("keymanager.p12"), passphrase: passphrase),
    create: true)
defer { manager.close() }
try manager.initialise()
let made = try await manager.generateAll { step in print("\(step.done) of \(step.total ?? 0) \(step.what)") }
print("made: " + made.generated.map { "\($0.appId) (\($0.level))" }.joined(separator: ", "))

// Clients get the certificate of their centre; a second one after the key was renewed.
var envelopes: [Data] = []
for _ in 1...2 {
    let certificate = try manager.certificate(app: "REGISTRATION", reference: "10001_110011")
    envelopes.append(try encrypt(Data("a registration packet".utf8), certificate: Data(certificate.utf8)))
    try manager.rotate(app: "REGISTRATION", reference: "10001_110011")
}
// Each envelope finds its own key.
for envelope in envelopes {
    let packet = try manager.decrypt(envelope, app: "REGISTRATION")
    print("opened: " + String(decoding: packet, as: UTF8.self))
}
for key in try manager.keys(KeyQuery(app: "REGISTRATION", all: true)) {
    print("\(key.alias) \(key.level) \(key.state)")
}
