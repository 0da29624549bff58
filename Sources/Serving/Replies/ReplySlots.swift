import Dispatch
import Foundation
import Synchronization

/// Threads that write replies, each with a model of its own, and a queue of limited length before them.
public final class ReplySlots: Sendable {
    private struct State {
        var waiting: [ReplyJob] = []
        var running: [ReplyJob] = []
        var isStopped = false
    }

    /// How many replies are written at the same time.
    public let slots: Int
    /// How many more may wait.
    public let queue: Int
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Bytes of a thread's stack: as many as a process's first thread has.
    private static let stack = 8 << 20

    /// Starts the threads one after the other, and waits until each has its model.
    ///
    /// - Parameters:
    ///   - slots: at least 1.
    ///   - queue: at least 0.
    ///   - open: called on each thread; what it returns ends each job that it is given.
    /// - Throws: what `open` throws; threads that were started before have ended then.
    public init(
        slots: Int, queue: Int, open: @escaping @Sendable () throws -> (ReplyJob) -> Void
    ) throws {
        precondition(slots >= 1 && queue >= 0, "\(slots) slots, a queue of \(queue)")
        (self.slots, self.queue) = (slots, queue)
        for number in 0..<slots {
            let opened = DispatchSemaphore(value: 0)
            let fault = FirstFault()
            let thread = Thread {
                do {
                    let write = try open()
                    opened.signal()
                    self.work(by: write)
                } catch {
                    fault.set(error)
                    opened.signal()
                }
            }
            thread.stackSize = Self.stack
            thread.start()
            opened.wait()
            if let error = fault.value {
                end(threads: number)
                throw error
            }
        }
    }

    /// Queues a job.
    ///
    /// - Throws: where no place is free, or after the end.
    public func submit(_ job: ReplyJob) throws(ServingError) {
        let fault: ServingError? = state.withLock { state in
            if state.isStopped { return .stopping }
            // Those that nobody waits for any more hold no place.
            state.waiting.removeAll { !$0.isOpen }
            guard state.running.count + state.waiting.count < slots + queue else { return .busy }
            state.waiting.append(job)
            return nil
        }
        if let fault { throw fault }
        work.signal()
    }

    /// Replies that are written now, and jobs that wait.
    public var load: (running: Int, waiting: Int) {
        state.withLock { ($0.running.count, $0.waiting.count { $0.isOpen }) }
    }

    /// Ends all jobs without an answer, and waits until the threads have ended.
    public func stop() { end(threads: slots) }

    private func end(threads: Int) {
        let jobs: [ReplyJob] = state.withLock { state in
            guard !state.isStopped else { return [] }
            state.isStopped = true
            return state.waiting + state.running
        }
        for job in jobs { job.fail(.stopping) }
        for _ in 0..<threads { work.signal() }
        for _ in 0..<threads { ended.wait() }
    }

    private func work(by write: (ReplyJob) -> Void) {
        defer { ended.signal() }
        while true {
            work.wait()
            let (job, isStopped): (ReplyJob?, Bool) = state.withLock { state in
                if state.isStopped { return (nil, true) }
                guard let place = state.waiting.firstIndex(where: \.isOpen) else { return (nil, false) }
                let job = state.waiting.remove(at: place)
                state.running.append(job)
                return (job, false)
            }
            if isStopped { return }
            guard let job else { continue }
            write(job)
            // Nobody waits for ever, whatever a writer forgot.
            job.fail(.failed)
            state.withLock { state in state.running.removeAll { $0 === job } }
        }
    }
}

/// What a thread could not open.
private final class FirstFault: Sendable {
    private let fault = Mutex<(any Error)?>(nil)
    var value: (any Error)? { fault.withLock { $0 } }
    func set(_ error: any Error) { fault.withLock { $0 = $0 ?? error } }
}
