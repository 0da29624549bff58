import CKernels

/// Shares the rows of an operation out over a fixed number of shards, so that results do not depend on the threads.
package enum Shards {
    /// Largest number of parts, whatever the number of threads.
    package static let most = 8
    /// Elements below which an operation stays in one part: sharing out costs some microseconds.
    package static let smallest = 1 << 15

    /// Rows of one of `parts` shards.
    package static func range(_ shard: Int, of parts: Int, rows: Int) -> Range<Int> {
        rows * shard / parts..<rows * (shard + 1) / parts
    }

    /// Parts for `rows` rows of work proportional to `elements` in all: two from 128 rows on, and more only where each
    /// keeps `smallestPart` rows.
    ///
    /// By default a part is large: the library arranges the other factor of a product anew for every part, and four parts
    /// of 256 rows made FISOR's step 5 % slower than two on one core.
    package static func parts(rows: Int, elements: Int, smallestPart: Int = 512) -> Int {
        elements < smallest || rows < 128 ? 1 : min(most, max(2, rows / smallestPart))
    }

    /// Runs `body` on the pieces of a range, of at most `most` rows each and of even size.
    package static func inBlocks(of most: Int, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        let blocks = range.isEmpty ? 0 : (range.count - 1) / most + 1
        for block in 0..<blocks {
            let piece = Self.range(block, of: blocks, rows: range.count)
            body(range.lowerBound + piece.lowerBound..<range.lowerBound + piece.upperBound)
        }
    }

    /// Runs `body` for each of `parts` shards, on several threads; `body` must not touch what another shard writes.
    ///
    /// Nothing is allocated, in release and in debug mode: `body` is a closure literal that captures nothing, and what
    /// it works on is handed to it.
    ///
    /// - Parameters:
    ///   - parts: number of shards.
    ///   - context: plain data for `body`.
    ///   - body: does the shard of the given number.
    package static func run<Context>(
        _ parts: Int, on context: Context, _ body: @escaping (Context, Int) -> Void
    ) {
        if parts == 1 { return body(context, 0) }
        share(parts, Numbered(context: context, body: body))
    }

    /// Runs `body` on equal ranges of `rows`, on several threads where `elements` are many.
    package static func overRows<Context>(
        _ rows: Int, elements: Int, smallestPart: Int = 512, on context: Context,
        _ body: @escaping (Context, Range<Int>) -> Void
    ) {
        let parts = parts(rows: rows, elements: elements, smallestPart: smallestPart)
        if parts == 1 { return body(context, 0..<rows) }
        share(parts, Ranged(context: context, rows: rows, parts: parts, body: body))
    }

    private static func share<Work: ShardedWork>(_ parts: Int, _ work: Work) {
        withUnsafePointer(to: work) { work in
            // A pointer fits into the existential, so that no box is made for it.
            var callable: any ShardedWork = Pointed(work: work)
            withUnsafeMutablePointer(to: &callable) { callable in
                ck_parallel(
                    Int32(parts),
                    { $0?.assumingMemoryBound(to: (any ShardedWork).self).pointee.run(Int($1)) }, callable)
            }
        }
    }
}

/// What a thread of the pool can call without knowing the type of the context.
private protocol ShardedWork {
    func run(_ shard: Int)
}

private struct Numbered<Context>: ShardedWork {
    let context: Context
    let body: (Context, Int) -> Void
    func run(_ shard: Int) { body(context, shard) }
}

private struct Ranged<Context>: ShardedWork {
    let context: Context
    let rows, parts: Int
    let body: (Context, Range<Int>) -> Void
    func run(_ shard: Int) { body(context, Shards.range(shard, of: parts, rows: rows)) }
}

private struct Pointed<Work: ShardedWork>: ShardedWork {
    let work: UnsafePointer<Work>
    func run(_ shard: Int) { work.pointee.run(shard) }
}
