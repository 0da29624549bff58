import CKernels

/// Shares the rows of an operation out over a fixed number of shards, so that results do not depend on the threads.
enum Shards {
    /// Into how many parts rows are split, whatever the number of threads.
    static let count = 4
    /// Elements below which an operation stays in one part: sharing out costs some microseconds.
    static let smallest = 1 << 15

    /// Rows of one of `parts` shards.
    static func range(_ shard: Int, of parts: Int, rows: Int) -> Range<Int> {
        rows * shard / parts..<rows * (shard + 1) / parts
    }

    /// Parts for `rows` rows of work proportional to `elements` in all.
    static func parts(rows: Int, elements: Int) -> Int { elements < smallest ? 1 : min(count, max(rows, 1)) }

    /// Runs `body` for each of `parts` shards, on several threads; `body` must not touch what another shard writes.
    ///
    /// - Parameters:
    ///   - parts: number of shards.
    ///   - body: does the shard of the given number.
    static func run(_ parts: Int, _ body: (Int) -> Void) {
        if parts == 1 { return body(0) }
        withoutActuallyEscaping(body) { body in
            var job = Job(body: body)
            withUnsafeMutablePointer(to: &job) { job in
                ck_parallel(Int32(parts), { context, shard in
                    context?.assumingMemoryBound(to: Job.self).pointee.body(Int(shard))
                }, job)
            }
        }
    }

    /// Runs `body` on equal ranges of `rows`, on several threads where `elements` are many.
    static func overRows(_ rows: Int, elements: Int, _ body: (Range<Int>) -> Void) {
        let parts = parts(rows: rows, elements: elements)
        run(parts) { body(range($0, of: parts, rows: rows)) }
    }

    private struct Job { let body: (Int) -> Void }
}
