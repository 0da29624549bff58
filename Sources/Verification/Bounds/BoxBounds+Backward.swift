import Tensors

extension BoxBounds {
    /// Bounds some numbers of a step from below and from above, and narrows their intervals.
    func tighten(_ index: Int, rows: [Int]) {
        let count = rows.count
        start(rows: 2 * count)
        let node = network.nodes[index]
        if case .affine(let map) = node.operation {
            begin(node.inputs[0], map, rows, unit: states[index].lines.unit)
        } else {
            let state = states[index]
            let columns = state.liveCount
            state.coefficients.update(repeating: 0, count: 2 * count * columns)
            for (r, i) in rows.enumerated() {
                state.coefficients[r * columns + i] = 1
                state.coefficients[(count + r) * columns + i] = -1
            }
            state.isReached = true
        }
        sendBack(from: index, rows: 2 * count)
        for (r, i) in rows.enumerated() {
            states[index].narrow(i, ClosedInterval(lowerBound(r), -lowerBound(count + r)))
        }
    }

    /// Rows of an affine step, then the same with the other sign, as coefficients of what it reads.
    private func begin(
        _ input: Int, _ map: AffineMap, _ rows: [Int], unit: UnsafeMutablePointer<Double>
    ) {
        let x = states[input]
        let columns = x.liveCount
        let negative = x.coefficients + rows.count * columns
        map.weight.withUnsafeBufferPointer { weight in
            for (r, i) in rows.enumerated() {
                for q in 0..<columns {
                    let value = weight[i * map.columns + x.live[q]]
                    x.coefficients[r * columns + q] = value
                    negative[r * columns + q] = -value
                }
                (constants[r], constants[rows.count + r]) = (map.bias[i], -map.bias[i])
                (magnitudes[r], magnitudes[rows.count + r]) = (abs(map.bias[i]), abs(map.bias[i]))
                (errors[r], errors[rows.count + r]) = (unit[i], unit[i])
            }
        }
        x.isReached = true
    }

    /// Lower bounds of linear functions of the output.
    ///
    /// - Parameters:
    ///   - rows: coefficients, one list of `outputs` numbers a row; at most `rowsAtOnce` rows.
    ///   - offsets: what is added to each.
    ///   - bounds: receives the lower bounds.
    ///   - gradient: receives the coefficients of the input, `[rows, inputs]`.
    func lowerBounds(
        of rows: [[Double]], plus offsets: [Double], into bounds: inout [Double], gradient: inout [Double]
    ) {
        start(rows: rows.count)
        let columns = output.width
        for (r, row) in rows.enumerated() {
            for (i, value) in row.enumerated() { output.coefficients[r * columns + i] = value }
            (constants[r], magnitudes[r]) = (offsets[r], abs(offsets[r]))
        }
        output.isReached = true
        sendBack(from: states.count - 1, rows: rows.count)
        let inputs = network.inputs
        for r in rows.indices {
            bounds[r] = lowerBound(r)
            for k in 0..<inputs { gradient[r * inputs + k] = states[0].coefficients[r * inputs + k] }
        }
    }

    private func start(rows: Int) {
        for state in states { state.isReached = false }
        constants.update(repeating: 0, count: rows)
        magnitudes.update(repeating: 0, count: rows)
        errors.update(repeating: 0, count: rows)
    }

    /// Sends coefficients from a step to the input.
    private func sendBack(from last: Int, rows: Int) {
        for index in stride(from: last, to: 0, by: -1) where states[index].isReached {
            let node = network.nodes[index]
            switch node.operation {
            case .input: break
            case .affine(let map): sendBack(index, through: map, rows)
            case .activation, .gate, .normalise: sendBackThroughLines(index, rows)
            case .centre: sendBackCentred(index, rows)
            case .scaled(let scale, let shift): sendBackScaled(index, scale, shift, rows)
            case .sum(let factors):
                for (input, factor) in zip(node.inputs, factors) {
                    sendBackPart(index, rows, from: 0, times: factor, to: input)
                }
            case .concatenation:
                var offset = 0
                for input in node.inputs {
                    sendBackPart(index, rows, from: offset, times: 1, to: input)
                    offset += network.nodes[input].width
                }
            }
            if case .sum = node.operation { countRounding(index, rows) }
        }
        if !states[0].isReached {
            states[0].coefficients.update(repeating: 0, count: rows * network.inputs)
        }
    }

    /// The least value of a row over the box, once its coefficients have reached the input.
    private func lowerBound(_ row: Int) -> Double {
        let x = states[0]
        let a = x.coefficients + row * x.width
        var (sum, size) = (constants[row], magnitudes[row])
        for k in 0..<x.width {
            let term = a[k] * (a[k] >= 0 ? x.low[k] : x.high[k])
            sum += term
            size += abs(a[k]) * x.magnitude[k]
        }
        let rounding = errors[row] * (1 + 0x1p-30) + termsRounding * size + Rounding.tiny
        let bound = sum - rounding
        return bound.isNaN ? -.infinity : bound.nextDown
    }

    /// Where coefficients for an input go: its own place for the first that arrive, else aside.
    private func place(_ input: Int) -> UnsafeMutablePointer<Double> {
        states[input].isReached ? scratch : states[input].coefficients
    }

    /// Takes coefficients that lie where `place` said.
    private func deliver(_ input: Int, _ rows: Int) {
        let state = states[input]
        defer { state.isReached = true }
        guard state.isReached else { return }
        let columns = state.liveCount
        for r in 0..<rows {
            var error = 0.0
            for q in 0..<columns {
                let sum = state.coefficients[r * columns + q] + scratch[r * columns + q]
                state.coefficients[r * columns + q] = sum
                error += abs(sum) * state.magnitude[state.live[q]]
            }
            errors[r] += 2 * Rounding.unit * error
        }
    }

    private func sendBack(_ index: Int, through map: AffineMap, _ rows: Int) {
        let input = network.nodes[index].inputs[0]
        let (y, x) = (states[index], states[input])
        let (live, columns) = (y.liveCount, x.liveCount)
        for r in 0..<rows {
            let a = y.coefficients + r * live
            constants[r] += Kernels.dot(a, y.packedBias, live)
            magnitudes[r] += Kernels.dotOfMagnitudes(a, y.packedBias, live)
            errors[r] += Kernels.dotOfMagnitudes(a, y.lines.unit, live)
        }
        let target = place(input)
        if live == 0 {
            target.update(repeating: 0, count: rows * columns)
        } else {
            DoubleProducts.multiply(
                rows, columns, live, y.coefficients, lda: live, y.packed, ldb: max(columns, 1), target,
                ldc: max(columns, 1))
        }
        deliver(input, rows)
    }

    private func sendBackThroughLines(_ index: Int, _ rows: Int) {
        let input = lineInput(index)
        let z = states[index]
        let target = place(input)
        for r in 0..<rows {
            let sent = Kernels.relax(
                z.coefficients + r * z.liveCount, z.lines, target + r * z.liveCount, z.liveCount)
            constants[r] += sent.constant
            magnitudes[r] += sent.magnitude
            errors[r] += sent.error
        }
        deliver(input, rows)
    }

    private func sendBackCentred(_ index: Int, _ rows: Int) {
        let input = network.nodes[index].inputs[0]
        let y = states[index]
        let target = place(input)
        for r in 0..<rows {
            let a = y.coefficients + r * y.width
            var sum = 0.0
            for i in 0..<y.width { sum += a[i] }
            let mean = sum / Double(y.width)
            for i in 0..<y.width { target[r * y.width + i] = a[i] - mean }
            errors[r] += Kernels.dotOfMagnitudes(a, y.lines.unit, y.width)
        }
        deliver(input, rows)
    }

    private func sendBackScaled(_ index: Int, _ scale: [Double], _ shift: [Double], _ rows: Int) {
        let input = network.nodes[index].inputs[0]
        let y = states[index]
        let target = place(input)
        for r in 0..<rows {
            let a = y.coefficients + r * y.width
            for i in 0..<y.width {
                target[r * y.width + i] = a[i] * scale[i]
                constants[r] += a[i] * shift[i]
                magnitudes[r] += abs(a[i] * shift[i])
                errors[r] += abs(a[i]) * y.lines.unit[i]
            }
        }
        deliver(input, rows)
    }

    /// Sends some columns of a step's coefficients, times a factor, to one of its inputs.
    private func sendBackPart(
        _ index: Int, _ rows: Int, from offset: Int, times factor: Double, to input: Int
    ) {
        let y = states[index]
        let width = states[input].width
        let target = place(input)
        for r in 0..<rows {
            for i in 0..<width {
                target[r * width + i] = y.coefficients[r * y.width + offset + i] * factor
            }
        }
        deliver(input, rows)
    }

    private func countRounding(_ index: Int, _ rows: Int) {
        let y = states[index]
        for r in 0..<rows {
            errors[r] += Kernels.dotOfMagnitudes(y.coefficients + r * y.width, y.lines.unit, y.width)
        }
    }
}
