/// Better lower lines of ReLU units for one row: any slope from 0 to 1 is sound, and 0 or 1 alone lose where a least value lies on a kink.
extension BoxBounds {
    private static let firstStep = 0.25

    /// Units that may be open for better slopes to be worth their time in a search for a proof.
    static let fewOpenUnits = 16

    /// How many units a row meets that are open.
    func openUnits() -> Int {
        var count = 0
        for (index, node) in network.nodes.enumerated() where states[index].isReached {
            guard case .activation(.relu) = node.operation else { continue }
            let z = states[index]
            for p in 0..<z.liveCount where z.lines.upperOffset[p] > 0 { count += 1 }
        }
        return count
    }

    /// The best lower bound of one row over the box that was bounded last, by steps of the slopes along the sign of the bound's derivative.
    ///
    /// - Parameters:
    ///   - row: coefficients of the outputs; they were bounded last, alone.
    ///   - offset: what is added.
    ///   - steps: how many; each is shorter than the one before.
    ///   - target: a bound above it is enough.
    /// - Returns: a lower bound; negative infinity for networks of other steps.
    func boundWithBetterSlopes(
        _ row: [Double], plus offset: Double, steps: Int = 16, target: Double = .infinity
    ) -> Double {
        var best = -Double.infinity
        var bounds = [0.0]
        var gradient = [Double](repeating: 0, count: network.inputs)
        var step = Self.firstStep
        for _ in 0..<steps {
            guard best <= target, moveSlopes(by: step) else { break }
            lowerBounds(of: [row], plus: [offset], into: &bounds, gradient: &gradient)
            best = max(best, bounds[0])
            step *= 0.7
        }
        return best
    }

    /// Moves the slopes of open units along the derivative, the furthest by a step, and says whether there are any.
    private func moveSlopes(by step: Double) -> Bool {
        guard let values = relaxedValues() else { return false }
        var pulls: [(line: UnsafeMutablePointer<Double>, pull: Double)] = []
        for (index, node) in network.nodes.enumerated() where states[index].isReached {
            guard case .activation = node.operation else { continue }
            let z = states[index]
            for p in 0..<z.liveCount where z.lines.upperOffset[p] > 0 && z.coefficients[p] > 0 {
                pulls.append((z.lines.lowerSlope + p, z.coefficients[p] * values[node.inputs[0]][p]))
            }
        }
        let strongest = pulls.reduce(0) { max($0, abs($1.pull)) }
        guard strongest > 0, strongest.isFinite else { return false }
        for (line, pull) in pulls {
            // The first step starts from the middle, whatever the line was.
            let start = step == Self.firstStep ? 0.5 : line.pointee
            line.pointee = min(max(start + step * pull / strongest, 0), 1)
        }
        return true
    }

    /// Values of all steps at the corner where the row's affine bound is least, of what is live, with every unit on the line that the
    /// bound took; nothing for steps other than those of ReLU networks.
    private func relaxedValues() -> [[Double]]? {
        let x = states[0]
        var values = [(0..<x.width).map { x.coefficients[$0] >= 0 ? x.low[$0] : x.high[$0] }]
        for (index, node) in network.nodes.enumerated().dropFirst() {
            let (state, input) = (states[index], values[node.inputs[0]])
            switch node.operation {
            case .affine:
                values.append(
                    input.withUnsafeBufferPointer { input in
                        (0..<state.liveCount).map { p in
                            guard let first = input.baseAddress else { return state.packedBias[p] }
                            return state.packedBias[p]
                                + Kernels.dot(state.packed + p * input.count, first, input.count)
                        }
                    })
            case .activation(.relu):
                values.append(
                    (0..<state.liveCount).map { p in
                        let isLower = !state.isReached || state.coefficients[p] >= 0
                        return isLower
                            ? state.lines.lowerSlope[p] * input[p] + state.lines.lowerOffset[p]
                            : state.lines.upperSlope[p] * input[p] + state.lines.upperOffset[p]
                    })
            case .scaled(let scale, let shift):
                values.append(input.indices.map { scale[$0] * input[$0] + shift[$0] })
            case .sum(let factors):
                values.append(
                    input.indices.map { place in
                        zip(factors, node.inputs).reduce(0) { $0 + $1.0 * values[$1.1][place] }
                    })
            case .concatenation: values.append(node.inputs.flatMap { values[$0] })
            default: return nil
            }
        }
        return values
    }
}
