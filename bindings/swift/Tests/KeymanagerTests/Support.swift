import Foundation
import Keymanager
import XCTest

let app = "REGISTRATION"
let reference = "10001_110011"
let passphrase = Data("correct horse 42".utf8)

/// The folder of the project: five above this file.
let project = (1...5).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }

func vector(_ path: String) throws -> Data {
    try Data(contentsOf: project.appendingPathComponent("tests/vectors/\(path)"))
}

/// A folder that is removed when its test ends.
final class Folder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString, isDirectory: true)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    func path(_ name: String) -> String { file(name).path }

    func read(_ name: String) throws -> Data { try Data(contentsOf: file(name)) }

    /// Puts a file here that only its owner can read, as the library wants it.
    func put(_ name: String, _ bytes: Data) {
        let made = FileManager.default.createFile(
            atPath: path(name), contents: bytes, attributes: [.posixPermissions: 0o600])
        XCTAssertTrue(made, name)
    }

    /// A manager over embedded files that are made here.
    func embedded(create: Bool = true) throws -> KeyManager {
        try KeyManager(
            store: .sqlite(file("keymanager.db")),
            master: .keyFile(file("keymanager.p12"), passphrase: passphrase), create: create)
    }

    /// A manager over files that hold their Root and Module keys already; making those takes seconds.
    func prepared() throws -> KeyManager {
        let (database, keyFile) = try Self.files.get()
        put("keymanager.db", database)
        put("keymanager.p12", keyFile)
        return try embedded(create: false)
    }

    private static let files = Result {
        let folder = try Folder()
        let manager = try folder.embedded()
        try manager.initialise()
        try manager.generateAll()
        manager.close()
        return (try folder.read("keymanager.db"), try folder.read("keymanager.p12"))
    }

    /// A new one over the store in Swift.
    func overStore(create: Bool = true) throws -> KeyManager {
        try KeyManager(
            store: .host(FileStore(file("rows.json"))),
            master: .keyFile(file("keymanager.p12"), passphrase: passphrase), create: create)
    }
}

/// The error that a call ends with.
func failure<T>(
    file: StaticString = #filePath, line: UInt = #line, _ call: () throws -> T
) throws -> KeymanagerError {
    do {
        let answer = try call()
        XCTFail("an error was expected, and there is \(answer)", file: file, line: line)
        throw CancellationError()
    } catch let error as KeymanagerError {
        return error
    }
}

/// Runs a program that must be there and must succeed; answers what it printed.
@discardableResult
func runProgram(_ program: String, _ arguments: [String], in folder: Folder? = nil, status: Int32 = 0) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder?.url
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    XCTAssertEqual(process.terminationStatus, status, "\(program) \(arguments): \(said)")
    return said
}

/// Base64url without padding, as the vectors have it.
func base64(_ text: String) throws -> Data {
    let standard = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    let padding = String(repeating: "=", count: (4 - standard.count % 4) % 4)
    return try XCTUnwrap(Data(base64Encoded: standard + padding), text)
}

func hex(_ text: String) throws -> Data {
    let digits = Array(text)
    let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0..<$0 + 2]), radix: 16) }
    return try Data(XCTUnwrap(bytes as? [UInt8], text))
}

/// Steps that were told, from whatever thread.
final class Told: @unchecked Sendable {
    private let lock = NSLock()
    private var all: [Step] = []

    func add(_ step: Step) { lock.withLock { all.append(step) } }
    var steps: [Step] { lock.withLock { all } }
}
