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
        var (start, jobs): (Int, [Job]) = (0, [])
        for (count, sequence) in zip(counts, sequences) {
            let seen = lengths[sequence]
            precondition(seen + count <= capacity, "\(seen + count) tokens in a cache for \(capacity)")
            let place = (sequence * layers + layer) * capacity * row
            (keys + place + seen * row).update(from: k.pointer + start * row, count: count * row)
            (values + place + seen * row).update(from: v.pointer + start * row, count: count * row)
            for head in 0..<q.shape.columns / width {
                jobs.append(Job(start: start, count: count, seen: seen, place: place, head: head))
            }
            start += count
        }
        let work = Work(
            q: q.pointer, y: y.pointer, keys: keys, values: values, width: width, row: row,
            queryRow: q.shape.columns, group: q.shape.columns / row,
            scratch: q.tape.allocate(jobs.count * capacity), capacity: capacity)
        jobs.withUnsafeBufferPointer { jobs in
            Shards.run(max(1, min(jobs.count, Self.mostParts)), on: (work, jobs)) { context, part in
                let (work, jobs) = context
                let parts = max(1, min(jobs.count, KeyValueCache.mostParts))
                for number in Shards.range(part, of: parts, rows: jobs.count) {
                    work.attend(jobs[number], number)
                }
            }
        }
        return y
    }

    private static let mostParts = 32

    /// One query head of one sequence.
    private struct Job {
        let start, count, seen, place, head: Int
    }

    private struct Work {
        let q, y, keys, values: UnsafeMutablePointer<Float>
        let width, row, queryRow, group: Int
        let scratch: UnsafeMutablePointer<Float>
        let capacity: Int

        func attend(_ job: Job, _ number: Int) {
            let query = job.start * queryRow + job.head * width
            let key = job.place + job.head / group * width
            ck_attention(
                q + query, queryRow, keys + key, values + key, row, y + query, nil, 0, job.count, job.seen,
                width, 1 / Float(width).squareRoot(), scratch + number * capacity)
        }
    }
}
