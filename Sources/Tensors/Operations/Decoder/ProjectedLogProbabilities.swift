import CKernels
import Foundation

extension Variable {
    /// Logarithm of the probability that a softmax over `x·Wᵀ` gives to one column of each row.
    ///
    /// Where the weight is constant and stored otherwise, or the logits would be many, no matrix of logits is kept: they are
    /// computed in blocks of columns, and again on the way back.
    ///
    /// - Parameters:
    ///   - tokens: one column for each row, copied.
    ///   - weight: `[out, in]`, of single precision or stored numbers.
    /// - Returns: `[B, 1]`, never above 0 but for rounding.
    package func logProbabilities(of tokens: [Int32], on weight: Variable) -> Variable {
        let (rows, outputs) = (shape.rows, weight.shape.rows)
        let isLarge = weight.stored != nil || rows * outputs > 1 << 22
        guard isLarge && !weight.needsGradient else {
            return projection(self, weight).logProbabilities(of: tokens)
        }
        precondition(
            tokens.count == rows && shape.columns == weight.shape.columns,
            "\(tokens.count) tokens, x \(shape) and weight \(weight.shape) do not fit")
        let y = tape.record(Shape(rows, 1), self, weight, nil, Tape.projectedBackward)
        let copy = tape.allocateIndices(max(rows, 1))
        for (row, token) in tokens.enumerated() {
            precondition(token >= 0 && token < outputs, "token \(token) is outside \(outputs)")
            copy[row] = token
        }
        let sums = tape.allocate(rows)
        tape.nodes[y.index].indices = copy
        tape.nodes[y.index].saved = sums
        tape.productOperations += 2 * Double(rows * shape.columns * outputs)
        let work = BlockedLogits(x: pointer, weight: weight.projectionRows, tokens: copy, rows: rows, outputs)
        work.forward(sums, y.pointer, on: tape)
        return y
    }
}

extension Tape {
    // dx += Σ dy (1 at the token, else 0 − softmax)·W, in blocks of rows of W.
    fileprivate static func projectedBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let (x, weight) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        guard let dx = tape.addedGradient(of: node.first), let tokens = node.indices, let sums = node.saved
        else { return }
        tape.productOperations += 4 * Double(x.shape.count * weight.shape.rows)
        let work = BlockedLogits(
            x: x.value, weight: weight.projectionRows, tokens: tokens, rows: x.shape.rows, weight.shape.rows)
        work.backward(sums, tape.incoming(index), into: dx, on: tape)
    }
}

/// Logits in blocks of columns; every shard owns some of the columns, and the shards' sums are added in order.
private struct BlockedLogits {
    let x: UnsafeMutablePointer<Float>
    let weight: ProjectionRows
    let tokens: UnsafeMutablePointer<Int32>
    let rows, outputs, parts: Int

    init(
        x: UnsafeMutablePointer<Float>, weight: ProjectionRows, tokens: UnsafeMutablePointer<Int32>,
        rows: Int, _ outputs: Int
    ) {
        (self.x, self.weight, self.tokens) = (x, weight, tokens)
        (self.rows, self.outputs) = (rows, outputs)
        parts = min(Shards.most, outputs)
    }

    /// Memory of a shard: widened rows, a block of logits, a block of their gradient, two numbers a row.
    private var room: Int { weight.block * weight.inputs + 2 * rows * weight.block + 2 * rows }

    /// Fills ln Σ eˣ and the tokens' log-probabilities.
    func forward(
        _ sums: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, on tape: Tape
    ) {
        let (scratch, partial) = (tape.reuse(parts * room), tape.reuse(2 * parts * rows))
        // Sums in double precision, since a vocabulary has many blocks.
        partial.withMemoryRebound(to: Double.self, capacity: parts * rows) { partial in
            Shards.run(parts, on: (self, scratch, partial, y)) { context, part in
                let (work, scratch, partial, y) = context
                work.sum(part, scratch + part * work.room, partial + part * work.rows, y)
            }
            for row in 0..<rows {
                var sum = -Double.infinity
                for part in 0..<parts { sum = Self.joined(sum, partial[part * rows + row]) }
                sums[row] = Float(sum)
                y[row] = Float(Double(y[row]) - sum)
            }
        }
        tape.release(scratch, count: parts * room)
        tape.release(partial, count: 2 * parts * rows)
    }

    private func sum(
        _ part: Int, _ scratch: UnsafeMutablePointer<Float>, _ total: UnsafeMutablePointer<Double>,
        _ y: UnsafeMutablePointer<Float>
    ) {
        total.update(repeating: -.infinity, count: rows)
        let logits = scratch + weight.block * weight.inputs
        let sums = logits + 2 * rows * weight.block
        Shards.inBlocks(of: weight.block, Shards.range(part, of: parts, rows: outputs)) { own in
            weight.multiply(x, rows, own, into: logits, row: own.count, scratch)
            ck_log_sum_exp(logits, sums, rows, own.count)
            for row in 0..<rows {
                total[row] = Self.joined(total[row], Double(sums[row]))
                let token = Int(tokens[row])
                if own.contains(token) { y[row] = logits[row * own.count + token - own.lowerBound] }
            }
        }
    }

    /// ln(eᵃ + eᵇ).
    private static func joined(_ a: Double, _ b: Double) -> Double {
        if a == b { return a + log(2) }
        let (low, high) = a < b ? (a, b) : (b, a)
        return high + log1p(exp(low - high))
    }

    /// Adds the gradient of x.
    func backward(
        _ sums: UnsafeMutablePointer<Float>, _ dy: UnsafeMutablePointer<Float>,
        into dx: UnsafeMutablePointer<Float>, on tape: Tape
    ) {
        let size = rows * weight.inputs
        let (scratch, partial) = (tape.reuse(parts * room), tape.reuse(parts * size))
        Shards.run(parts, on: (self, scratch, partial, sums, dy)) { context, part in
            let (work, scratch, partial, sums, dy) = context
            work.add(
                part, scratch + part * work.room, sums, dy,
                into: partial + part * work.rows * work.weight.inputs)
        }
        for part in 0..<parts { ck_scaled(partial + part * size, dx, size, 1, 1) }
        tape.release(scratch, count: parts * room)
        tape.release(partial, count: parts * size)
    }

    private func add(
        _ part: Int, _ scratch: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Float>,
        _ dy: UnsafeMutablePointer<Float>, into total: UnsafeMutablePointer<Float>
    ) {
        let logits = scratch + weight.block * weight.inputs
        let slopes = logits + rows * weight.block
        var accumulate = false
        Shards.inBlocks(of: weight.block, Shards.range(part, of: parts, rows: outputs)) { own in
            weight.multiply(x, rows, own, into: logits, row: own.count, scratch)
            ck_token_gradient(logits, sums, nil, dy, slopes, rows, own.count, 0)
            for row in 0..<rows where own.contains(Int(tokens[row])) {
                slopes[row * own.count + Int(tokens[row]) - own.lowerBound] += dy[row]
            }
            BLAS.product(
                rows, weight.inputs, own.count, slopes, lda: own.count, transposeA: false,
                weight.rows(own, scratch), ldb: weight.inputs, transposeB: false, total, ldc: weight.inputs,
                accumulate: accumulate)
            accumulate = true
        }
    }
}
