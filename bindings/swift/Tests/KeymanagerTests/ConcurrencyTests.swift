import Foundation
import Keymanager
import XCTest

/// Tasks, which wait for calls without blocking (BND-83).
final class ConcurrencyTests: XCTestCase {
    /// 24 tasks on one manager over a store in Swift, which is called from as many threads.
    func testTwentyFourTasks() async throws {
        let folder = try Folder()
        let manager = try folder.overStore()
        try manager.initialise()
        try await manager.generateAll()
        let opened = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<24 {
                group.addTask {
                    // Three tasks share a scope, whose key the first of them makes.
                    let scope = "centre_\(task % 8)"
                    for round in 0..<10 {
                        let packet = Data("packet \(round) of \(task)".utf8)
                        let envelope = try await manager.inBackground {
                            try $0.encrypt(packet, app: app, reference: scope)
                        }
                        let plaintext = try await manager.inBackground { try $0.decrypt(envelope, app: app) }
                        XCTAssertEqual(plaintext, packet)
                    }
                    return 10
                }
            }
            return try await group.reduce(0, +)
        }
        XCTAssertEqual(opened, 240)
        let keys = try manager.keys(KeyQuery(app: app)).filter { $0.level == "base" }
        XCTAssertEqual(Set(keys.compactMap { $0.refId }), Set((0..<8).map { "centre_\($0)" }))
        XCTAssertEqual(keys.count, 8, "one key for each scope, however many asked at once")
    }

    func testErrorsOfTasks() async throws {
        let folder = try Folder()
        let manager = try folder.embedded()
        try manager.initialise()
        do {
            _ = try await manager.inBackground { try $0.key("no-such-key") }
            XCTFail("an error was expected")
        } catch let error as KeymanagerError {
            XCTAssertEqual(error.name, "alias_not_found")
        }
    }

    /// Cancelling the task ends the work; what was made stays, and the next one goes on.
    func testCancellation() async throws {
        let folder = try Folder()
        let manager = try folder.embedded()
        try manager.initialise()
        let (steps, step) = AsyncStream<Step>.makeStream()
        // The work waits after its first key until it was cancelled.
        let cancelled = DispatchSemaphore(value: 0)
        let work = Task {
            try await manager.generateAll {
                step.yield($0)
                if $0.done == 1 { cancelled.wait() }
            }
        }
        for await told in steps where told.done == 1 { break }
        work.cancel()
        cancelled.signal()
        let result = await work.result
        guard case .failure(let error as KeymanagerError) = result else { return XCTFail("\(result)") }
        XCTAssertEqual(error.name, "cancelled")
        let there = try manager.keys().count
        XCTAssertGreaterThan(there, 0)
        let told = Told()
        let rest = try await manager.generateAll { told.add($0) }
        XCTAssertEqual(rest.existing.count, there)
        XCTAssertFalse(rest.generated.isEmpty)
        let last = try XCTUnwrap(told.steps.last)
        XCTAssertEqual(last.done, last.total)
        // A task that was cancelled before it began does nothing at all.
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await manager.fillPool(app: app, count: 3)
        }
        late.cancel()
        guard case .failure(let error as KeymanagerError) = await late.result else { return XCTFail("not cancelled") }
        XCTAssertEqual(error.name, "cancelled")
        XCTAssertEqual(try manager.pool().map { $0.ready }.reduce(0, +), 0)
        let filled = try await manager.fillPool(app: app, count: 1)
        XCTAssertEqual(filled.ready, 1)
        let report = try await manager.doctor()
        XCTAssertEqual(report.findings, [])
        let repaired = try await manager.repair()
        XCTAssertEqual(repaired, report)
    }
}
