import Foundation
import Glibc
import SafeRL
import Testing

@Suite struct BrokenPipeTests {
    /// A byte for a pipe that nobody reads.
    ///
    /// A process that another test forks meanwhile may have inherited the reading end; then another pipe is taken.
    ///
    /// - Returns: what the call returns, and the error.
    private static func writeInVain() -> (count: Int, code: Int32) {
        var outcome = (count: 0, code: Int32(0))
        for _ in 0..<1000 where outcome.count >= 0 {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { return (0, errno) }
            close(ends[0])
            defer { close(ends[1]) }
            outcome = withoutBrokenPipeSignal {
                let count = Glibc.write(ends[1], "x", 1)
                return (count, errno)
            }
        }
        return outcome
    }

    /// Whether the signal waits for this thread.
    private static var isPending: Bool {
        var pending = sigset_t()
        sigpending(&pending)
        return sigismember(&pending, SIGPIPE) == 1
    }

    // Without the guard, or with a change of the process's own handling, this ends the tests.
    @Test func manyThreadsWriteInVainAndLive() {
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<200 {
                let (count, code) = Self.writeInVain()
                #expect(count == -1 && code == EPIPE)
                #expect(!Self.isPending)
            }
        }
    }

    @Test func errorsAndTheirNumberPass() {
        let error = #expect(throws: CocoaError.self) {
            try withoutBrokenPipeSignal { () throws(CocoaError) in throw CocoaError(.fileNoSuchFile) }
        }
        #expect(error?.code == .fileNoSuchFile)
        errno = 0
        withoutBrokenPipeSignal { errno = ENOSPC }
        #expect(errno == ENOSPC)
    }

    @Test func aThreadThatWaitsForTheSignalKeepsIt() {
        var broken = sigset_t()
        var before = sigset_t()
        sigemptyset(&broken)
        sigaddset(&broken, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &broken, &before)
        let (count, code) = Self.writeInVain()
        var now = timespec()
        let taken = sigtimedwait(&broken, nil, &now)
        pthread_sigmask(SIG_SETMASK, &before, nil)
        #expect(count == -1 && code == EPIPE && taken == SIGPIPE)
    }
}
