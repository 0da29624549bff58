/// Bounds of all steps of a network over one box, by forward affine functions and backward substitution (CROWN).
///
/// Every bound holds for exact arithmetic over the stored numbers, or for every order of summation in single precision, as the
/// semantics say: coefficients are any numbers, and what rounding could add is counted beside them. Memory is taken
/// once; boxes follow one another.
///
/// - SeeAlso: Zhang et al. 2018, "Efficient neural network robustness certification with general activation functions".
final class BoxBounds {
    /// Rows that are sent back at once.
    static let rowsAtOnce = 128

    let network: VerifiableNetwork
    let semantics: Semantics
    let states: [NodeState]
    /// Whether what is live of an activation's output and input is kept as one list.
    let isCompact: [Bool]
    /// Affine steps of which only what their activation lets through is kept.
    let isPackedLater: [Bool]
    /// Constants, their magnitudes and rounding of the rows of a pass.
    let constants, magnitudes, errors: UnsafeMutablePointer<Double>
    let scratch, formSizes: UnsafeMutablePointer<Double>
    /// Rounding of the sum of all constants of a row, relative to the sum of their magnitudes.
    let termsRounding: Double

    /// Memory for a network.
    init(_ network: VerifiableNetwork, _ semantics: Semantics) {
        (self.network, self.semantics) = (network, semantics)
        let nodes = network.nodes
        var consumers = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for input in node.inputs { consumers[input].append(index) }
        }
        let isCompact = nodes.indices.map { index in
            guard case .activation = nodes[index].operation, index != nodes.count - 1,
                case .affine = nodes[nodes[index].inputs[0]].operation,
                consumers[nodes[index].inputs[0]].count == 1
            else { return false }
            return consumers[index].allSatisfy {
                if case .affine = nodes[$0].operation { true } else { false }
            }
        }
        self.isCompact = isCompact
        isPackedLater = nodes.indices.map { consumers[$0].count == 1 && isCompact[consumers[$0][0]] }
        states = nodes.map { node in
            var weights = 0
            if case .affine(let map) = node.operation { weights = map.rows * map.columns }
            return NodeState(
                width: node.width, inputs: network.inputs, rows: Self.rowsAtOnce, weights: weights)
        }
        let widest = nodes.map(\.width).max() ?? 1
        constants = .allocate(capacity: Self.rowsAtOnce)
        magnitudes = .allocate(capacity: Self.rowsAtOnce)
        errors = .allocate(capacity: Self.rowsAtOnce)
        scratch = .allocate(capacity: Self.rowsAtOnce * widest + 4 * (network.inputs + 1) * widest)
        formSizes = .allocate(capacity: 2 * widest)
        termsRounding = Rounding.gamma(nodes.reduce(64) { $0 + 2 * $1.width })
    }

    deinit {
        for block in [constants, magnitudes, errors, scratch, formSizes] { block.deallocate() }
    }

    /// The last step.
    var output: NodeState { states[states.count - 1] }

    /// Bounds all steps over a box.
    ///
    /// - Parameters:
    ///   - low: lower ends, one an input.
    ///   - high: upper ends.
    func bound(low: UnsafePointer<Double>, high: UnsafePointer<Double>) {
        startForms(low, high)
        for index in 1..<states.count {
            let node = network.nodes[index]
            switch node.operation {
            case .input: continue
            case .activation(let function):
                tighten(node.inputs[0], for: function)
                relax(index, function)
                sendFormsThroughLines(index)
            case .gate(let function):
                tighten(node.inputs[0], for: function)
                tighten(node.inputs[1], for: nil)
                gate(index, function)
                sendFormsThroughLines(index)
            case .normalise(let scale, let shift, let epsilon):
                tighten(node.inputs[0], for: nil)
                normalise(index, scale, shift, epsilon)
                sendFormsThroughLines(index)
            case .affine(let map):
                sendForms(index, through: map)
                if !isPackedLater[index] { pack(index, like: states[index]) }
            case .centre: centreForms(index)
            case .scaled(let scale, let shift): scaleForms(index, scale, shift)
            case .sum(let factors): sumForms(index, factors)
            case .concatenation: joinForms(index)
            }
        }
    }

    /// Lines of an activation over the bounds of what it reads.
    private func relax(_ index: Int, _ function: ActivationFunction) {
        let (y, z) = (states[network.nodes[index].inputs[0]], states[index])
        let lines = z.lines
        z.liveCount = 0
        for i in 0..<z.width {
            if isCompact[index], function == .relu, y.high[i] <= 0 {
                z.set(i, ClosedInterval(0, 0))
                continue
            }
            let bounds = Relaxation(function, on: ClosedInterval(y.low[i], y.high[i]), semantics)
            let p = z.liveCount
            z.live[p] = i
            z.liveCount += 1
            (lines.lowerSlope[p], lines.lowerOffset[p]) = (bounds.lowerSlope, bounds.lowerOffset)
            (lines.upperSlope[p], lines.upperOffset[p]) = (bounds.upperSlope, bounds.upperOffset)
            // Lower lines of a ReLU may be given any slope up to 1 later.
            let steepest = max(abs(bounds.lowerSlope), abs(bounds.upperSlope), function == .relu ? 1 : 0)
            lines.unit[p] = 2 * Rounding.unit * steepest * y.magnitude[i] + Rounding.tiny
            z.set(i, bounds.range)
        }
        if isCompact[index] { pack(network.nodes[index].inputs[0], like: z) }
    }

    /// Lines of f′(y)·v in v, with f′(y) anywhere in its interval.
    private func gate(_ index: Int, _ function: ActivationFunction) {
        let inputs = network.nodes[index].inputs
        let (y, v, z) = (states[inputs[0]], states[inputs[1]], states[index])
        for i in 0..<z.width {
            let slopes = Relaxation.slopes(of: function, on: ClosedInterval(y.low[i], y.high[i]))
            let bounds = Relaxation(scaling: ClosedInterval(v.low[i], v.high[i]), by: slopes)
            (z.lines.lowerSlope[i], z.lines.lowerOffset[i]) = (bounds.lowerSlope, bounds.lowerOffset)
            (z.lines.upperSlope[i], z.lines.upperOffset[i]) = (bounds.upperSlope, bounds.upperOffset)
            let steepest = max(abs(bounds.lowerSlope), abs(bounds.upperSlope))
            z.lines.unit[i] = 2 * Rounding.unit * steepest * v.magnitude[i] + Rounding.tiny
            z.set(i, bounds.range)
        }
    }

    /// Keeps of an affine step what the activation behind it lets through.
    private func pack(_ index: Int, like z: NodeState) {
        guard case .affine(let map) = network.nodes[index].operation else { return }
        let (y, x) = (states[index], states[network.nodes[index].inputs[0]])
        y.liveCount = z.liveCount
        map.weight.withUnsafeBufferPointer { weight in
            for p in 0..<z.liveCount {
                let i = z.live[p]
                y.live[p] = i
                y.packedBias[p] = map.bias[i]
                let row = y.packed + p * x.liveCount
                for q in 0..<x.liveCount { row[q] = weight[i * map.columns + x.live[q]] }
            }
        }
        // The rounding of an affine step was found for all rows.
        for p in 0..<z.liveCount { y.lines.unit[p] = y.lines.unit[y.live[p]] }
    }

    /// Lines of a normalisation: the root is one number in an interval, and what it multiplies is bounded.
    private func normalise(_ index: Int, _ scale: [Double], _ shift: [Double], _ epsilon: Double) {
        let (v, z) = (states[network.nodes[index].inputs[0]], states[index])
        let count = Double(z.width)
        var (least, most) = (0.0, 0.0)
        for i in 0..<z.width {
            let isAcross = v.low[i] < 0 && v.high[i] > 0
            let smaller = isAcross ? 0 : min(abs(v.low[i]), abs(v.high[i]))
            least += smaller * smaller
            most += v.magnitude[i] * v.magnitude[i]
        }
        // Sums of numbers that are not negative, a quotient, a root and a reciprocal; single precision does the same.
        var slack = Rounding.gamma(z.width + 16)
        if semantics == .float32 { slack += Rounding.singleGamma(z.width + 16) }
        let smallest = (1 - slack) / (most / count + epsilon).squareRoot()
        let largest = (1 + slack) / (least / count + epsilon).squareRoot()
        let (middle, radius) = ((smallest + largest) / 2, (largest - smallest) / 2 * (1 + 0x1p-40))
        // Rounded means leave a sum of v that is not zero, and with it a weaker limit.
        let limit =
            (semantics == .real ? max(count - 1, 0) : count).squareRoot() * (1 + slack) * (1 + 0x1p-40)
        for i in 0..<z.width {
            let size = abs(scale[i])
            let product = size * v.magnitude[i] * largest
            var rounding = Rounding.gamma(16) * (product + abs(shift[i])) + Rounding.tiny
            if semantics == .float32 {
                rounding += Rounding.singleGamma(4) * (product + abs(shift[i])) + 0x1p-120
            }
            let spread = size * v.magnitude[i] * radius
            let isLoose = !(spread < size * limit)
            let slope = isLoose ? 0 : scale[i] * middle
            let half = (isLoose ? size * limit : spread) + rounding
            setLine(z, i, slope: slope, shift[i], half, steepest: abs(slope) * v.magnitude[i])
            let ends = [v.low[i] * smallest, v.low[i] * largest, v.high[i] * smallest, v.high[i] * largest]
            let low = max(ends.min() ?? -.infinity, -limit)
            let high = min(ends.max() ?? .infinity, limit)
            let a = scale[i] * low + shift[i]
            let b = scale[i] * high + shift[i]
            z.set(i, ClosedInterval(min(a, b) - rounding, max(a, b) + rounding))
        }
    }

    private func setLine(
        _ z: NodeState, _ i: Int, slope: Double, _ shift: Double, _ half: Double, steepest: Double
    ) {
        let lines = z.lines
        (lines.lowerSlope[i], lines.upperSlope[i]) = (slope, slope)
        lines.lowerOffset[i] = (shift - half).nextDown
        lines.upperOffset[i] = (shift + half).nextUp
        lines.unit[i] = 2 * Rounding.unit * steepest + Rounding.tiny
    }

    /// The step that the lines of a step are lines over.
    func lineInput(_ index: Int) -> Int {
        let inputs = network.nodes[index].inputs
        return inputs[inputs.count - 1]
    }

    /// Bounds what an activation reads by a backward pass, where it decides something.
    private func tighten(_ index: Int, for function: ActivationFunction?) {
        guard index > 0 else { return }
        let state = states[index]
        var rows: [Int] = []
        for i in 0..<state.width {
            let isOpen =
                function == .relu
                ? state.low[i] < 0 && state.high[i] > 0 : state.high[i] - state.low[i] > 0x1p-40
            if isOpen { rows.append(i) }
        }
        let most = Self.rowsAtOnce / 2
        var start = 0
        while start < rows.count {
            let part = Array(rows[start..<min(start + most, rows.count)])
            tighten(index, rows: part)
            start += most
        }
    }
}
