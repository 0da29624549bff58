import CKernels

/// Causal attention of packed sequences: row i of a sequence sees rows 0 … i of the same sequence only.
///
/// Query head h reads key and value head h / (heads / keyValueHeads); scores are divided by √(head width).
///
/// - Parameters:
///   - q: `[T, heads · d]`, sequence after sequence.
///   - k: `[T, keyValueHeads · d]`.
///   - v: `[T, keyValueHeads · d]`.
///   - lengths: rows of each sequence, which add up to T.
///   - heads: of the queries; a multiple of `keyValueHeads`.
///   - keyValueHeads: of the keys and values.
///   - dropout: what becomes of the weights; nothing where nil.
/// - Returns: `[T, heads · d]`.
/// - SeeAlso: Vaswani et al. 2017, arXiv:1706.03762; Ainslie et al. 2023, arXiv:2305.13245.
public func causalAttention(
    _ q: Variable, _ k: Variable, _ v: Variable, lengths: [Int], heads: Int, keyValueHeads: Int,
    dropout: AttentionDropout? = nil
) -> Variable {
    let (tape, rows) = (q.tape, q.shape.rows)
    precondition(
        keyValueHeads > 0 && heads % keyValueHeads == 0 && q.shape.columns % heads == 0,
        "causalAttention: \(heads) heads over \(keyValueHeads) do not fit \(q.shape)")
    let width = q.shape.columns / heads
    precondition(
        k.shape == Shape(rows, keyValueHeads * width) && v.shape == k.shape,
        "causalAttention: q \(q.shape) does not meet k \(k.shape) and v \(v.shape)")
    precondition(lengths.reduce(0, +) == rows, "causalAttention: \(lengths) do not add up to \(rows) rows")
    let y = tape.record(q.shape, q, k, v, Tape.attentionBackward)
    let layout = tape.allocateIndices(lengths.count + AttentionWork.header)
    (layout[0], layout[1], layout[2]) = (Int32(lengths.count), Int32(heads), Int32(keyValueHeads))
    for (index, length) in lengths.enumerated() { layout[AttentionWork.header + index] = Int32(length) }
    layout[3] = 0
    if let dropout {
        precondition(
            lengths.allSatisfy { $0 <= dropout.longest },
            "causalAttention: dropout for \(dropout.longest) rows")
        dropout.write(to: layout + 3)
    }
    tape.nodes[y.index].indices = layout
    let sums = tape.allocate(rows * heads)
    tape.nodes[y.index].saved = sums
    let work = AttentionWork(
        q: q.pointer, k: k.pointer, v: v.pointer, o: y.pointer, sums: sums, layout: layout, width: width)
    work.run(on: tape)
    return y
}

/// What the threads of attention read and write; a job is one key head of one sequence.
private struct AttentionWork {
    struct Job {
        let row, length, key: Int
        let queryHeads: Range<Int>
        /// Number of the sequence.
        let sequence: Int
        /// Two blocks of scores, then dropout factors of a block.
        let scratch: UnsafeMutablePointer<Float>
        let scores: Int

        /// Runs `body` for blocks of queries, whose scores stay near; a block sees the keys up to its end.
        func blocks(_ body: (Range<Int>) -> Void) {
            Shards.inBlocks(
                of: max(16, min(AttentionWork.mostRows, AttentionWork.near / length)), 0..<length, body)
        }
    }

    /// Scores that are computed at a time.
    private static let near = 1 << 14

    /// Queries of a block.
    private static let mostRows = 64

    /// Enough for every thread to find work until the end.
    private static let mostParts = 32

    /// Numbers before the lengths: sequences, heads, key heads, dropout.
    static let header = 3 + AttentionDropout.size

    let q, k, v, o, sums: UnsafeMutablePointer<Float>
    let layout: UnsafeMutablePointer<Int32>
    let width: Int
    var dy, dq, dk, dv: UnsafeMutablePointer<Float>?

    var sequences: Int { Int(layout[0]) }
    var heads: Int { Int(layout[1]) }
    var keyHeads: Int { Int(layout[2]) }
    var queryRow: Int { heads * width }
    var keyRow: Int { keyHeads * width }
    var scale: Float { 1 / Float(width).squareRoot() }
    var dropout: AttentionDropout? { AttentionDropout(readingFrom: layout + 3) }

    func length(_ sequence: Int) -> Int { Int(layout[Self.header + sequence]) }

    /// Attends, or walks back where there are gradients to write, on several threads; a job's results depend on nothing else.
    func run(on tape: Tape) {
        var longest = 1
        for sequence in 0..<sequences { longest = max(longest, length(sequence)) }
        let jobs = sequences * keyHeads
        let parts = max(1, min(jobs, Self.mostParts))
        let scores = max(16 * longest, min(Self.mostRows * longest, Self.near))
        let room = 2 * scores + (dropout.map { Self.mostRows * $0.rowStride } ?? 0)
        let scratch = tape.reuse(parts * room)
        // No closure in the context, for which a box would be made.
        Shards.run(parts, on: (self, scratch, jobs, parts, scores, room)) { context, part in
            let (work, scratch, jobs, parts, scores, room) = context
            for number in Shards.range(part, of: parts, rows: jobs) {
                work.finish(work.job(number, scratch + part * room, scores))
            }
        }
        tape.release(scratch, count: parts * room)
    }

    private func finish(_ job: Job) {
        for head in job.queryHeads {
            if dy == nil {
                job.blocks { attend(job, head, $0) }
            } else {
                job.blocks { walkBack(job, head, $0) }
            }
        }
    }

    private func job(_ number: Int, _ scratch: UnsafeMutablePointer<Float>, _ scores: Int) -> Job {
        let (sequence, head) = (number / keyHeads, number % keyHeads)
        var row = 0
        for before in 0..<sequence { row += length(before) }
        let group = heads / keyHeads
        return Job(
            row: row, length: length(sequence), key: row * keyRow + head * width,
            queryHeads: head * group..<(head + 1) * group, sequence: sequence, scratch: scratch,
            scores: scores)
    }

    /// Multiplies weights of a block, `[queries, seen]`, by their dropout factors.
    ///
    /// - Parameters:
    ///   - weights: overwritten.
    ///   - job: whose memory holds the factors.
    ///   - head: of the queries.
    ///   - block: of the queries.
    ///   - isFresh: whether the factors are not in the job's memory yet.
    private func drop(
        _ weights: UnsafeMutablePointer<Float>, _ job: Job, _ head: Int, _ block: Range<Int>, isFresh: Bool
    ) {
        guard let dropout else { return }
        let factors = job.scratch + 2 * job.scores
        let (stride, seen) = (dropout.rowStride, block.upperBound)
        if isFresh {
            dropout.fill(
                factors, from: (job.sequence * heads + head) * dropout.longest + block.lowerBound,
                rows: block.count)
        }
        for row in 0..<block.count {
            let place = weights + row * seen
            ck_product(place, factors + row * stride, place, seen, 0)
        }
    }

    /// Products of query rows and key rows, `[queries, keys]`.
    private func scores(
        _ queries: Int, _ keys: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
        _ result: UnsafeMutablePointer<Float>
    ) {
        BLAS.product(
            queries, keys, width, a, lda: queryRow, transposeA: false, b, ldb: keyRow, transposeB: true,
            result, ldc: keys, accumulate: false)
    }

    /// o = softmax(scale q·kᵀ)·v for a block of queries.
    func attend(_ job: Job, _ head: Int, _ block: Range<Int>) {
        let (place, seen) = ((job.row + block.lowerBound) * queryRow + head * width, block.upperBound)
        scores(block.count, seen, q + place, k + job.key, job.scratch)
        ck_causal_softmax(
            job.scratch, sums + (job.row + block.lowerBound) * heads + head, heads, block.count, seen,
            block.lowerBound, scale)
        drop(job.scratch, job, head, block, isFresh: true)
        BLAS.product(
            block.count, width, seen, job.scratch, lda: seen, transposeA: false, v + job.key, ldb: keyRow,
            transposeB: false, o + place, ldc: queryRow, accumulate: false)
    }

    /// With p = softmax(s) and dropout factors m: dv += (p ⊙ m)ᵀ·do, ds = p ⊙ (m ⊙ do·vᵀ − do·o), dq += ds·k, dk += dsᵀ·q.
    func walkBack(_ job: Job, _ head: Int, _ block: Range<Int>) {
        guard let dy, let dq, let dk, let dv else { return }
        let (place, seen) = ((job.row + block.lowerBound) * queryRow + head * width, block.upperBound)
        let (p, ds) = (job.scratch, job.scratch + job.scores)
        scores(block.count, seen, q + place, k + job.key, p)
        scores(block.count, seen, dy + place, v + job.key, ds)
        drop(ds, job, head, block, isFresh: true)
        ck_causal_softmax_gradient(
            p, ds, sums + (job.row + block.lowerBound) * heads + head, heads, o + place, dy + place, queryRow,
            block.count, seen, block.lowerBound, width, scale)
        func addKeys(
            _ factor: UnsafePointer<Float>, _ other: UnsafePointer<Float>, _ sum: UnsafeMutablePointer<Float>
        ) {
            BLAS.product(
                seen, width, block.count, factor, lda: seen, transposeA: true, other + place, ldb: queryRow,
                transposeB: false, sum + job.key, ldc: keyRow, accumulate: true)
        }
        addKeys(ds, q, dk)
        drop(p, job, head, block, isFresh: false)
        addKeys(p, dy, dv)
        BLAS.product(
            block.count, width, seen, ds, lda: seen, transposeA: false, k + job.key, ldb: keyRow,
            transposeB: false, dq + place, ldc: queryRow, accumulate: true)
    }
}

extension Tape {
    fileprivate static func attentionBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let (q, k) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let v = tape.nodes[Int(node.third)]
        guard let sums = node.saved, let layout = node.indices else { return }
        func sink(_ input: Int32, _ count: Int) -> UnsafeMutablePointer<Float> {
            tape.addedGradient(of: input) ?? tape.unwanted(count)
        }
        var work = AttentionWork(
            q: q.value, k: k.value, v: v.value, o: node.value, sums: sums, layout: layout,
            width: node.shape.columns / Int(layout[1]))
        work.dy = tape.incoming(index)
        work.dq = sink(node.first, q.shape.count)
        work.dk = sink(node.second, k.shape.count)
        work.dv = sink(node.third, v.shape.count)
        work.run(on: tape)
    }
}
