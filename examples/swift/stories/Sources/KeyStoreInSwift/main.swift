// The key manager over a record store that is written in Swift: FileStore.swift.
//
//     swift run KeyStoreInSwift FOLDER
import Foundation
import Keymanager

guard CommandLine.arguments.count == 2 else {
    print("usage: \(CommandLine.arguments[0]) FOLDER")
    exit(2)
}
let folder = URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true)
let rows = folder.appendingPathComponent("rows.json")
let keyFile = folder.appendingPathComponent("keymanager.p12")

let passphrase = Data("a passphrase from a safe place".utf8)

/// `create` is about the key file; the store is ours.
func open(create: Bool) throws -> KeyManager {
    let store = try FileStore(rows)
    return try KeyManager(
        store: .host(store), master: .keyFile(keyFile, passphrase: passphrase), create: create)
}

let envelope: Data
do {
    let manager = try open(create: true)
    defer { manager.close() }
    try manager.initialise()
    try manager.generateAll()
    envelope = try manager.encrypt(
        Data("a registration packet".utf8), app: "REGISTRATION", reference: "10001_110011")
}
// Later, from the same file of rows.
let manager = try open(create: false)
defer { manager.close() }
let packet = try manager.decrypt(envelope, app: "REGISTRATION")
print("opened: " + String(decoding: packet, as: UTF8.self))
for key in try manager.keys() { print("\(key.appId) \(key.refId ?? "-") \(key.level) \(key.state)") }
let findings = try manager.doctor().findings
print("the doctor found \(findings.count) faults")
