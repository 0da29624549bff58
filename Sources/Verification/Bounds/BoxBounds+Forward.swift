import Tensors

/// Affine functions of the input below and above every number, step by step, and the intervals that follow from them.
extension BoxBounds {
    /// Coefficients of a form, and its constant.
    private var terms: Int { network.inputs + 1 }

    /// The input is its own form; in single precision it is rounded before anything reads it.
    func startForms(_ low: UnsafePointer<Double>, _ high: UnsafePointer<Double>) {
        let x = states[0]
        x.lowerForm.update(repeating: 0, count: terms * x.width)
        for k in 0..<x.width {
            var ends = ClosedInterval(low[k], high[k])
            if semantics == .float32 {
                let most = Rounding.singleUnit * (1 + 0x1p-20) * max(abs(low[k]), abs(high[k])) + 0x1p-149
                ends = ClosedInterval(low[k] - most, high[k] + most)
            }
            x.set(k, ends)
            x.lowerForm[k * x.width + k] = 1
        }
        x.upperForm.update(from: x.lowerForm, count: terms * x.width)
    }

    /// Σ of the magnitudes of the terms of both forms of each number over the box, into `formSizes`.
    private func measureForms(_ state: NodeState) {
        let (width, x) = (state.width, states[0])
        formSizes.update(repeating: 0, count: width)
        for k in 0..<terms {
            let size = k < x.width ? x.magnitude[k] : 1
            let (lower, upper) = (state.lowerForm + k * width, state.upperForm + k * width)
            for i in 0..<width { formSizes[i] += (abs(lower[i]) + abs(upper[i])) * size }
        }
    }

    /// Widens the forms of each number by what rounding adds, and reads its interval off them.
    private func concludeForms(_ state: NodeState, widening: (Int) -> Double) {
        let (width, x) = (state.width, states[0])
        let last = x.width * width
        for i in 0..<width {
            let most = widening(i)
            state.lowerForm[last + i] -= most
            state.upperForm[last + i] += most
        }
        measureForms(state)
        let (low, high) = (state.low, state.high)
        for i in 0..<width { (low[i], high[i]) = (state.lowerForm[last + i], state.upperForm[last + i]) }
        for k in 0..<x.width {
            let (least, most) = (x.low[k], x.high[k])
            let (lower, upper) = (state.lowerForm + k * width, state.upperForm + k * width)
            for i in 0..<width {
                low[i] += lower[i] * (lower[i] >= 0 ? least : most)
                high[i] += upper[i] * (upper[i] >= 0 ? most : least)
            }
        }
        let rounding = Rounding.gamma(terms + 8)
        for i in 0..<width {
            let most = rounding * formSizes[i] + Rounding.tiny
            state.set(i, ClosedInterval(low[i] - most, high[i] + most))
        }
    }

    /// W·x + b.
    func sendForms(_ index: Int, through map: AffineMap) {
        let (y, x) = (states[index], states[network.nodes[index].inputs[0]])
        let (m, d) = (scratch, scratch + terms * x.width)
        let (p, q) = (d + terms * x.width, d + terms * (x.width + y.width))
        for i in 0..<terms * x.width {
            m[i] = (x.lowerForm[i] + x.upperForm[i]) / 2
            d[i] = (x.upperForm[i] - x.lowerForm[i]) / 2
        }
        measureForms(x)
        map.weight.withUnsafeBufferPointer { weight in
            map.magnitude.withUnsafeBufferPointer { magnitude in
                guard let weight = weight.baseAddress, let magnitude = magnitude.baseAddress else { return }
                multiply(m, weight, map, into: p)
                multiply(d, magnitude, map, into: q)
                affineRounding(y, x, map, magnitude)
            }
        }
        for i in 0..<terms * y.width {
            y.lowerForm[i] = p[i] - q[i]
            y.upperForm[i] = p[i] + q[i]
        }
        let last = network.inputs * y.width
        for i in 0..<y.width {
            y.lowerForm[last + i] += map.bias[i]
            y.upperForm[last + i] += map.bias[i]
        }
        let widenings = p
        for i in 0..<y.width { widenings[i] = formSizes[i] }
        concludeForms(y) { widenings[$0] }
        intersect(y, x, map)
    }

    private func multiply(
        _ a: UnsafePointer<Double>, _ weight: UnsafePointer<Double>, _ map: AffineMap,
        into c: UnsafeMutablePointer<Double>
    ) {
        DoubleProducts.multiply(
            terms, map.rows, map.columns, a, lda: map.columns, weight, ldb: map.columns, transposeB: true, c,
            ldc: map.rows)
    }

    /// Rounding of an affine step: what a unit of coefficient loses on the way back, and what its forms lose (into `formSizes`).
    private func affineRounding(
        _ y: NodeState, _ x: NodeState, _ map: AffineMap, _ magnitude: UnsafePointer<Double>
    ) {
        let gamma = Rounding.gamma(map.rows + map.columns + 16)
        let single =
            semantics == .float32 ? Rounding.singleGamma(map.columns + 2) * (1 + 0x1p-40) : 0
        let underflow = semantics == .float32 ? 0x1p-126 * Double(map.columns + 2) : Rounding.tiny
        let sizes = formSizes + max(x.width, y.width)
        for i in 0..<map.rows {
            let row = magnitude + i * map.columns
            let size = Kernels.dot(row, x.magnitude, map.columns) + abs(map.bias[i])
            let own = single * size + underflow
            y.lines.unit[i] = gamma * size + own
            sizes[i] = gamma * (Kernels.dot(row, formSizes, map.columns) + abs(map.bias[i])) * 2 + own
        }
        formSizes.update(from: sizes, count: map.rows)
    }

    /// Narrows what the forms say by interval arithmetic.
    private func intersect(_ y: NodeState, _ x: NodeState, _ map: AffineMap) {
        let (middle, radius) = (scratch, scratch + x.width)
        for j in 0..<x.width {
            middle[j] = x.low[j] / 2 + x.high[j] / 2
            radius[j] = x.high[j] / 2 - x.low[j] / 2
        }
        map.weight.withUnsafeBufferPointer { weight in
            map.magnitude.withUnsafeBufferPointer { magnitude in
                guard let weight = weight.baseAddress, let magnitude = magnitude.baseAddress else { return }
                for i in 0..<map.rows {
                    let centre = Kernels.dot(weight + i * map.columns, middle, map.columns) + map.bias[i]
                    let reach =
                        Kernels.dot(magnitude + i * map.columns, radius, map.columns) + 4 * y.lines.unit[i]
                    y.narrow(i, ClosedInterval(centre - reach, centre + reach))
                }
            }
        }
    }

    /// Lines of an activation or a normalisation.
    func sendFormsThroughLines(_ index: Int) {
        let (z, y) = (states[index], states[lineInput(index)])
        let (width, last) = (z.width, network.inputs * z.width)
        measureForms(y)
        z.lowerForm.update(repeating: 0, count: terms * width)
        z.upperForm.update(repeating: 0, count: terms * width)
        for p in 0..<z.liveCount {
            let i = z.live[p]
            let (lower, upper) = (z.lines.lowerSlope[p], z.lines.upperSlope[p])
            let below = lower >= 0 ? y.lowerForm : y.upperForm
            let above = upper >= 0 ? y.upperForm : y.lowerForm
            for k in 0..<terms {
                z.lowerForm[k * width + i] = lower * below[k * width + i]
                z.upperForm[k * width + i] = upper * above[k * width + i]
            }
            let size = (abs(lower) + abs(upper)) * formSizes[i]
            let offsets = abs(z.lines.lowerOffset[p]) + abs(z.lines.upperOffset[p])
            let most = 8 * Rounding.unit * (size + offsets) + Rounding.tiny
            z.lowerForm[last + i] += z.lines.lowerOffset[p] - most
            z.upperForm[last + i] += z.lines.upperOffset[p] + most
        }
    }

    /// x − mean(x).
    func centreForms(_ index: Int) {
        let (y, x) = (states[index], states[network.nodes[index].inputs[0]])
        let (width, count) = (y.width, Double(y.width))
        for k in 0..<terms {
            let (lower, upper) = (x.lowerForm + k * width, x.upperForm + k * width)
            var (middles, radii) = (0.0, 0.0)
            for i in 0..<width {
                middles += (lower[i] + upper[i]) / 2
                radii += (upper[i] - lower[i]) / 2
            }
            for i in 0..<width {
                let middle = (lower[i] + upper[i]) / 2 - middles / count
                let radius = (upper[i] - lower[i]) / 2 * (1 - 2 / count) + radii / count
                y.lowerForm[k * width + i] = middle - radius
                y.upperForm[k * width + i] = middle + radius
            }
        }
        measureForms(x)
        var (sizes, magnitudes) = (0.0, 0.0)
        for i in 0..<width {
            sizes += formSizes[i]
            magnitudes += x.magnitude[i]
        }
        let gamma = Rounding.gamma(width + 16)
        let single = semantics == .float32 ? Rounding.singleGamma(width + 4) : 0
        let widenings = scratch
        for i in 0..<width {
            let size = x.magnitude[i] + magnitudes / count
            let own = single * size + (semantics == .float32 ? 0x1p-120 : Rounding.tiny)
            y.lines.unit[i] = gamma * size + own
            widenings[i] = 2 * gamma * (formSizes[i] + sizes / count) + own
        }
        concludeForms(y) { widenings[$0] }
    }

    /// scale·x + shift.
    func scaleForms(_ index: Int, _ scale: [Double], _ shift: [Double]) {
        let (y, x) = (states[index], states[network.nodes[index].inputs[0]])
        let width = y.width
        measureForms(x)
        let single = semantics == .float32 ? Rounding.singleGamma(3) : 0
        let widenings = scratch
        for i in 0..<width {
            let (below, above) = scale[i] >= 0 ? (x.lowerForm, x.upperForm) : (x.upperForm, x.lowerForm)
            for k in 0..<terms {
                y.lowerForm[k * width + i] = scale[i] * below[k * width + i]
                y.upperForm[k * width + i] = scale[i] * above[k * width + i]
            }
            let size = abs(scale[i]) * x.magnitude[i] + abs(shift[i])
            let own = single * size + (semantics == .float32 ? 0x1p-120 : Rounding.tiny)
            y.lines.unit[i] = 4 * Rounding.unit * size + own
            widenings[i] = 8 * Rounding.unit * (abs(scale[i]) * formSizes[i] + abs(shift[i])) + own
            y.lowerForm[network.inputs * width + i] += shift[i]
            y.upperForm[network.inputs * width + i] += shift[i]
        }
        concludeForms(y) { widenings[$0] }
    }

    /// Σ factor·x.
    func sumForms(_ index: Int, _ factors: [Double]) {
        let (y, width) = (states[index], states[index].width)
        y.lowerForm.update(repeating: 0, count: terms * width)
        y.upperForm.update(repeating: 0, count: terms * width)
        let widenings = scratch
        widenings.update(repeating: Rounding.tiny, count: width)
        y.lines.unit.update(repeating: Rounding.tiny, count: width)
        let single = semantics == .float32 ? Rounding.singleGamma(factors.count + 1) : 0
        for (input, factor) in zip(network.nodes[index].inputs, factors) {
            let x = states[input]
            measureForms(x)
            let (below, above) = factor >= 0 ? (x.lowerForm, x.upperForm) : (x.upperForm, x.lowerForm)
            for i in 0..<terms * width {
                y.lowerForm[i] += factor * below[i]
                y.upperForm[i] += factor * above[i]
            }
            for i in 0..<width {
                let own = single * abs(factor) * x.magnitude[i]
                y.lines.unit[i] += 2 * Rounding.unit * abs(factor) * x.magnitude[i] + own
                widenings[i] += Rounding.gamma(factors.count + 8) * abs(factor) * formSizes[i] * 2 + own
            }
        }
        concludeForms(y) { widenings[$0] }
    }

    /// Numbers behind each other.
    func joinForms(_ index: Int) {
        let y = states[index]
        var offset = 0
        for input in network.nodes[index].inputs {
            let x = states[input]
            for i in 0..<x.width {
                for k in 0..<terms {
                    y.lowerForm[k * y.width + offset + i] = x.lowerForm[k * x.width + i]
                    y.upperForm[k * y.width + offset + i] = x.upperForm[k * x.width + i]
                }
                y.set(offset + i, ClosedInterval(x.low[i], x.high[i]))
                y.lines.unit[offset + i] = Rounding.tiny
            }
            offset += x.width
        }
    }
}
