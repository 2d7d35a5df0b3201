// swift-tools-version:6.0
import PackageDescription

let keymanager: [Target.Dependency] = [.product(name: "Keymanager", package: "swift")]

let package = Package(
    name: "KeymanagerExamples",
    platforms: [.macOS(.v12)],
    dependencies: [.package(path: "../../../bindings/swift")],
    targets: [
        .executableTarget(name: "EncryptWithCertificate", dependencies: keymanager),
        .executableTarget(name: "KeyHierarchy", dependencies: keymanager),
        .executableTarget(name: "KeyStoreInSwift", dependencies: keymanager),
    ]
)
