import Dispatch
import Serving
import Storage
import Synchronization
import Testing

/// Slots, the queue before them, and jobs that end once.
@Suite struct ReplySlotsTests {
    private static func job() throws -> ReplyJob {
        let body = Array(#"{"model": "m", "prompt": "a"}"#.utf8)
        return ReplyJob(
            try CompletionRequest(.text, body: body, terms: ServingTerms(model: "m", mostTokens: 9)),
            number: 0)
    }

    private static func end(of job: ReplyJob) async -> ReplyJob.Event? {
        var last: ReplyJob.Event?
        for await event in job.events { last = event }
        return last
    }

    /// Slots whose writers say when they begin and wait until they may end.
    private struct Held {
        let begun = DispatchSemaphore(value: 0), go = DispatchSemaphore(value: 0)
        let slots: ReplySlots

        init(slots: Int, queue: Int) throws {
            let (begun, go) = (begun, go)
            self.slots = try ReplySlots(slots: slots, queue: queue) {
                { _ in
                    begun.signal()
                    go.wait()
                }
            }
        }
    }

    @Test func noMoreThanSlotsAndQueueHoldAreTaken() async throws {
        let held = try Held(slots: 2, queue: 1)
        let jobs = try (0..<3).map { _ in try Self.job() }
        for job in jobs { try held.slots.submit(job) }
        for _ in 0..<2 { held.begun.wait() }
        #expect(held.slots.load == (2, 1))
        let late = try Self.job()
        #expect(throws: ServingError.self) { try held.slots.submit(late) }
        // A client that has gone frees its place in the queue.
        let waiting = jobs[2]
        waiting.cancel()
        #expect(held.slots.load == (2, 0))
        try held.slots.submit(late)
        for _ in 0..<3 { held.go.signal() }
        held.begun.wait()
        // A writer that forgets its job ends it all the same.
        for job in [jobs[0], jobs[1], late] {
            guard case .failed(let error)? = await Self.end(of: job) else {
                Issue.record("no end")
                continue
            }
            #expect(error.status == 500)
        }
        #expect(await Self.end(of: waiting) == nil)
        held.slots.stop()
    }

    @Test func stoppingEndsWhatIsWrittenAndWhatWaits() async throws {
        let begun = DispatchSemaphore(value: 0)
        let slots = try ReplySlots(slots: 1, queue: 5) {
            { job in
                begun.signal()
                while job.isOpen {}
            }
        }
        let jobs = try (0..<3).map { _ in try Self.job() }
        for job in jobs { try slots.submit(job) }
        begun.wait()
        slots.stop()
        for job in jobs {
            guard case .failed(let error)? = await Self.end(of: job) else {
                Issue.record("no end")
                continue
            }
            #expect(error.status == 503)
        }
        let late = try Self.job()
        let error = #expect(throws: ServingError.self) { try slots.submit(late) }
        #expect(error?.status == 503)
    }

    @Test func aModelThatCannotBeOpenedIsToldAtOnce() throws {
        let opened = Mutex(0)
        #expect(throws: TokenFault.self) {
            try ReplySlots(slots: 3, queue: 0) {
                let number = opened.withLock { count in
                    count += 1
                    return count
                }
                if number == 2 { throw TokenFault() }
                return { _ in }
            }
        }
        #expect(opened.withLock { $0 } == 2)
    }

    @Test func aJobEndsOnce() async throws {
        let job = try Self.job()
        #expect(job.isOpen)
        job.expire()
        job.cancel()
        job.expire()
        #expect(!job.isOpen)
        var events: [ReplyJob.Event] = []
        for await event in job.events { events.append(event) }
        guard case .failed(let error)? = events.first, events.count == 1 else {
            Issue.record("\(events)")
            return
        }
        #expect(error.status == 504)
    }
}

private struct TokenFault: Error {}
