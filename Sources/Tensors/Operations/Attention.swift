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
/// - Returns: `[T, heads · d]`.
/// - SeeAlso: Vaswani et al. 2017, arXiv:1706.03762; Ainslie et al. 2023, arXiv:2305.13245.
public func causalAttention(
    _ q: Variable, _ k: Variable, _ v: Variable, lengths: [Int], heads: Int, keyValueHeads: Int
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
    let layout = tape.allocateIndices(lengths.count + 3)
    (layout[0], layout[1], layout[2]) = (Int32(lengths.count), Int32(heads), Int32(keyValueHeads))
    for (index, length) in lengths.enumerated() { layout[3 + index] = Int32(length) }
    tape.nodes[y.index].indices = layout
    let sums = tape.allocate(rows * heads)
    tape.nodes[y.index].saved = sums
    let work = AttentionWork(
        q: q.pointer, k: k.pointer, v: v.pointer, o: y.pointer, sums: sums, layout: layout, width: width)
    work.run(on: tape) { work, job in
        for head in job.queryHeads {
            ck_attention(
                work.q + job.row * work.queryRow + head * work.width, work.queryRow, work.k + job.key,
                work.v + job.key, work.keyRow, work.o + job.row * work.queryRow + head * work.width,
                work.sums + job.row * work.heads + head, work.heads, job.length, 0, work.width, work.scale,
                job.scratch)
        }
    }
    return y
}

/// What the threads of attention read and write; a job is one key head of one sequence.
private struct AttentionWork {
    struct Job {
        let row, length, key: Int
        let queryHeads: Range<Int>
        let scratch: UnsafeMutablePointer<Float>
    }

    /// Enough for every thread to find work until the end.
    private static let mostParts = 32

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

    /// Runs `body` for every job, on several threads; a job's results depend on nothing else.
    func run(on tape: Tape, _ body: @escaping (AttentionWork, Job) -> Void) {
        var longest = 1
        for sequence in 0..<sequences { longest = max(longest, Int(layout[3 + sequence])) }
        let jobs = sequences * keyHeads
        let parts = max(1, min(jobs, Self.mostParts))
        let scratch = tape.reuse(2 * parts * longest)
        Shards.run(parts, on: (self, scratch, jobs, parts, longest, body)) { context, part in
            let (work, scratch, jobs, parts, longest, body) = context
            for number in Shards.range(part, of: parts, rows: jobs) {
                body(work, work.job(number, scratch + 2 * part * longest))
            }
        }
        tape.release(scratch, floats: 2 * parts * longest)
    }

    private func job(_ number: Int, _ scratch: UnsafeMutablePointer<Float>) -> Job {
        let (sequence, head) = (number / keyHeads, number % keyHeads)
        var row = 0
        for before in 0..<sequence { row += Int(layout[3 + before]) }
        let group = heads / keyHeads
        return Job(
            row: row, length: Int(layout[3 + sequence]), key: row * keyRow + head * width,
            queryHeads: head * group..<(head + 1) * group, scratch: scratch)
    }
}

extension Tape {
    // With p = softmax(s): dv += pᵀ·do, ds = p ⊙ (do·vᵀ − do·o), dq += ds·k, dk += dsᵀ·q.
    fileprivate static func attentionBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let (q, k) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        let v = tape.nodes[Int(node.third)]
        guard let sums = node.saved, let layout = node.indices else { return }
        func sink(_ input: Int32, _ count: Int) -> UnsafeMutablePointer<Float> {
            if let gradient = tape.addedGradient(of: input) { return gradient }
            let unwanted = tape.allocate(count)
            unwanted.update(repeating: 0, count: count)
            return unwanted
        }
        var work = AttentionWork(
            q: q.value, k: k.value, v: v.value, o: node.value, sums: sums, layout: layout,
            width: node.shape.columns / Int(layout[1]))
        work.dy = tape.incoming(index)
        work.dq = sink(node.first, q.shape.count)
        work.dk = sink(node.second, k.shape.count)
        work.dv = sink(node.third, v.shape.count)
        work.run(on: tape) { work, job in
            guard let dy = work.dy, let dq = work.dq, let dk = work.dk, let dv = work.dv else { return }
            for head in job.queryHeads {
                let place = job.row * work.queryRow + head * work.width
                ck_attention_gradient(
                    work.q + place, work.queryRow, work.k + job.key, work.v + job.key, work.keyRow,
                    work.o + place, work.sums + job.row * work.heads + head, work.heads, dy + place,
                    dq + place, dk + job.key, dv + job.key, job.length, work.width, work.scale, job.scratch)
            }
        }
    }
}
