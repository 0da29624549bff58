import Foundation
import SafeRL
import Synchronization
import TestSupport
import Testing

/// Locks on files, taken and refused.
struct FileLockTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test func aSecondOneIsRefusedUntilTheFirstIsGivenBack() throws {
        let path = folder.path + "/lock"
        var first: FileLock? = try FileLock(path)
        first?.sign()
        let refusal = #expect(throws: FileLock.Held.self) { _ = try FileLock(path, .refusing) }
        #expect(refusal?.process == getpid())
        first = nil
        _ = try FileLock(path, .refusing)
    }

    @Test func nothingButARegularFileIsLocked() throws {
        let path = folder.path + "/pipe"
        #expect(mkfifo(path, 0o644) == 0)
        #expect(throws: StorageError.self) { _ = try FileLock(path) }
        #expect(throws: StorageError.self) { _ = try FileLock(folder.path + "/missing/lock") }
    }

    // A number closed twice would now and then be the other thread's.
    @Test func refusalsCloseOnlyWhatTheyOpened() throws {
        let path = folder.path + "/lock"
        let held = try FileLock(path)
        let isOver = Atomic(false)
        let lost = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 2) { thread in
            if thread == 0 {
                for _ in 0..<100_000 { _ = try? FileLock(path, .refusing) }
                isOver.store(true, ordering: .relaxed)
            } else {
                while !isOver.load(ordering: .relaxed) {
                    let other = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    if other >= 0 && close(other) != 0 { lost.add(1, ordering: .relaxed) }
                }
            }
        }
        withExtendedLifetime(held) {}
        #expect(lost.load(ordering: .relaxed) == 0)
    }
}
