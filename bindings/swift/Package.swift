// swift-tools-version:6.0
import PackageDescription

let package = Package(
    name: "Keymanager",
    platforms: [.macOS(.v12), .iOS(.v15)],
    products: [.library(name: "Keymanager", targets: ["Keymanager"])],
    targets: [
        // The library's own interface, and what uniffi makes of it; both are generated.
        .systemLibrary(name: "KeyManagerFFI"),
        .target(name: "KeyManagerGenerated", dependencies: ["KeyManagerFFI"]),
        // What programs import.
        .target(name: "Keymanager", dependencies: ["KeyManagerGenerated"]),
        .testTarget(name: "KeymanagerTests", dependencies: ["Keymanager"]),
    ]
)
