import CKernels

/// Rotated keys, and values, of the tokens that a decoder has seen: one block of memory, sequence after sequence.
public final class KeyValueCache {
    /// Tokens that each sequence may have.
    public let capacity: Int
    /// Tokens that each sequence has.
    public private(set) var lengths: [Int]
    private let layers, heads, width: Int
    private let keys, values: Tensor

    /// Makes an empty cache.
    ///
    /// - Parameters:
    ///   - sequences: how many.
    ///   - capacity: tokens that each may have.
    ///   - layers: of the decoder.
    ///   - heads: of keys and values.
    ///   - width: of a head.
    public init(sequences: Int, capacity: Int, layers: Int, heads: Int, width: Int) {
        (self.capacity, self.layers, self.heads, self.width) = (capacity, layers, heads, width)
        lengths = Array(repeating: 0, count: sequences)
        keys = Tensor(sequences * layers * capacity, heads * width)
        values = Tensor(sequences * layers * capacity, heads * width)
    }

    /// Counts tokens whose keys and values every layer has stored.
    ///
    /// - Parameters:
    ///   - counts: of each of the chosen sequences.
    ///   - sequences: which ones.
    public func advance(_ counts: [Int], of sequences: [Int]) {
        for (count, sequence) in zip(counts, sequences) { lengths[sequence] += count }
    }

    /// Forgets the tokens of a sequence from a number on: what follows is computed as if they had never been seen.
    ///
    /// - Parameters:
    ///   - sequence: its number.
    ///   - length: tokens that it keeps, no more than it has.
    public func shorten(_ sequence: Int, to length: Int) {
        precondition(0...lengths[sequence] ~= length, "shorten: \(length) tokens of \(lengths[sequence])")
        lengths[sequence] = length
    }

    /// Stores keys and values of new tokens and attends over all tokens seen so far; nothing flows back.
    ///
    /// - Parameters:
    ///   - q: `[T, query heads · d]`, the new tokens of one sequence after the other.
    ///   - k: `[T, heads · d]`.
    ///   - v: `[T, heads · d]`.
    ///   - layer: which layer.
    ///   - counts: new tokens of each sequence; they are counted by `advance`, after the last layer.
    ///   - sequences: which ones, each once.
    /// - Returns: `[T, query heads · d]`.
    public func attend(
        _ q: Variable, _ k: Variable, _ v: Variable, layer: Int, counts: [Int], sequences: [Int]
    ) -> Variable {
        let row = heads * width
        precondition(
            counts.count == sequences.count && k.shape == Shape(counts.reduce(0, +), row)
                && v.shape == k.shape && q.shape.rows == k.shape.rows && q.shape.columns % row == 0,
            "attend: q \(q.shape), k \(k.shape) and v \(v.shape) do not fit \(counts)")
        let y = q.tape.record(q.shape, nil, nil)
        guard let keys = keys.buffer.baseAddress, let values = values.buffer.baseAddress else { return y }
        let jobs = store(k, v, layer, counts, sequences, heads: q.shape.columns / width)
        // A block's scores where a sequence has many new tokens, one row of them elsewhere.
        let longest = counts.reduce(0) { max($0, $1) }
        let room = capacity * (longest > Self.few ? min(longest, Self.block) : 1)
        let parts = max(1, min(jobs.count, Self.mostParts))
        let scratch = q.tape.reuse(parts * room)
        let work = Work(
            q: q.pointer, y: y.pointer, keys: keys, values: values, width: width, row: row,
            queryRow: q.shape.columns, group: q.shape.columns / row, scratch: scratch, room: room)
        jobs.withUnsafeBufferPointer { jobs in
            Shards.run(parts, on: (work, jobs, parts)) { context, part in
                let (work, jobs, parts) = context
                for number in Shards.range(part, of: parts, rows: jobs.count) {
                    work.attend(jobs[number], part)
                }
            }
        }
        q.tape.release(scratch, count: parts * room)
        return y
    }

    /// Copies keys and values behind those of their sequences; one job for each sequence and query head.
    private func store(
        _ k: Variable, _ v: Variable, _ layer: Int, _ counts: [Int], _ sequences: [Int],
        heads queryHeads: Int
    ) -> [Job] {
        guard let keys = keys.buffer.baseAddress, let values = values.buffer.baseAddress else { return [] }
        let row = heads * width
        var (start, jobs): (Int, [Job]) = (0, [])
        jobs.reserveCapacity(counts.count * queryHeads)
        for (count, sequence) in zip(counts, sequences) {
            let seen = lengths[sequence]
            precondition(seen + count <= capacity, "\(seen + count) tokens in a cache for \(capacity)")
            let place = (sequence * layers + layer) * capacity * row
            (keys + place + seen * row).update(from: k.pointer + start * row, count: count * row)
            (values + place + seen * row).update(from: v.pointer + start * row, count: count * row)
            for head in 0..<queryHeads {
                jobs.append(Job(start: start, count: count, seen: seen, place: place, head: head))
            }
            start += count
        }
        return jobs
    }

    private static let mostParts = 32
    /// New tokens of a sequence up to which they are handled one by one.
    private static let few = 4
    /// Queries whose scores are computed at a time.
    private static let block = 32

    /// One query head of one sequence.
    private struct Job {
        let start, count, seen, place, head: Int
    }

    private struct Work {
        let q, y, keys, values: UnsafeMutablePointer<Float>
        let width, row, queryRow, group: Int
        let scratch: UnsafeMutablePointer<Float>
        let room: Int

        func attend(_ job: Job, _ part: Int) {
            let (query, key) = (job.start * queryRow + job.head * width, job.place + job.head / group * width)
            let (scale, scratch) = (1 / Float(width).squareRoot(), scratch + part * room)
            guard job.count > KeyValueCache.few else {
                return ck_attention(
                    q + query, queryRow, keys + key, values + key, row, y + query, job.count, job.seen, width,
                    scale, scratch)
            }
            Shards.inBlocks(of: KeyValueCache.block, 0..<job.count) { block in
                let (place, seen) = (query + block.lowerBound * queryRow, job.seen + block.upperBound)
                BLAS.product(
                    block.count, seen, width, q + place, lda: queryRow, transposeA: false, keys + key,
                    ldb: row, transposeB: true, scratch, ldc: seen, accumulate: false)
                ck_causal_softmax(
                    scratch, nil, 0, block.count, seen, job.seen + block.lowerBound, scale)
                BLAS.product(
                    block.count, width, seen, scratch, lda: seen, transposeA: false, values + key, ldb: row,
                    transposeB: false, y + place, ldc: queryRow, accumulate: false)
            }
        }
    }
}
