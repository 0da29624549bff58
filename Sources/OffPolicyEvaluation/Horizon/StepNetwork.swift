import Networks
import Tensors

/// What a step brings by its inputs and the change of the state: each signal, and whether it ends the episode.
///
/// A network, because costs often begin at a sharp border, which smooth features blur.
struct StepNetwork {
    private let network: Network<MLP>
    private let tape = Tape()
    private let inputs: Int
    /// Largest typical size of each signal, by which the outputs are multiplied.
    private let units: [Double]
    private let ranges: [ClosedRange<Double>]
    private let mayEnd: Bool

    /// Fits a network by Adam.
    ///
    /// - Parameters:
    ///   - rows: `[steps, inputs]`, of all steps.
    ///   - steps: whose signals and ends are fitted.
    ///   - weights: how often each episode counts.
    ///   - options: sizes, steps and rate.
    ///   - number: which of several networks of one seed.
    /// - Throws: `OffPolicyError.noSolution` where the fit is not finite.
    init(
        _ rows: Matrix, _ steps: RecordedSteps, weights: [Double], _ options: ModelValues.Options, number: Int
    ) throws(OffPolicyError) {
        inputs = rows.columns
        units = steps.values.map { values in
            let root = (values.reduce(0) { $0 + $1 * $1 } / Double(max(values.count, 1))).squareRoot()
            return root > 0 ? root : 1
        }
        ranges = steps.signals.indices.map { number in
            (steps.values[number].min() ?? 0)...(steps.values[number].max() ?? 0)
        }
        mayEnd = steps.isTerminated.contains(true)
        network = try Self.fit(rows, Self.targets(steps, units), steps, weights, options, number)
    }

    /// Signals in their units and a 1 where a step ended its episode, `[steps, signals + 1]`.
    private static func targets(_ steps: RecordedSteps, _ units: [Double]) -> [Float] {
        (0..<steps.count).flatMap { step in
            units.indices.map { Float(steps.values[$0][step] / units[$0]) }
                + [steps.isTerminated[step] ? 1 : 0]
        }
    }

    private static func fit(
        _ rows: Matrix, _ targets: [Float], _ steps: RecordedSteps, _ weights: [Double],
        _ options: ModelValues.Options, _ number: Int
    ) throws(OffPolicyError) -> Network<MLP> {
        let (inputs, outputs) = (rows.columns, targets.count / steps.count)
        let build = { (layout: inout Layout) in
            MLP("", inputs, hidden: options.widths, outputs: outputs, in: &layout)
        }
        var stream = RandomStream(seed: options.seed, for: .weights, index: UInt32(1000 + number))
        var sampling = RandomStream(seed: options.seed, for: .sampling, index: UInt32(1000 + number))
        let learner = Learner(
            "step", optimizer: Adam(rate: .cosine(options.rate, updates: options.updates)), using: &stream,
            build)
        let drawn = (0..<steps.count).flatMap { step in
            [Int](repeating: step, count: Int(weights[steps.episodes[step]]))
        }
        let tape = Tape()
        let batch = Tensor(options.rows, inputs), wanted = Tensor(options.rows, outputs)
        for _ in 0..<options.updates {
            for place in 0..<options.rows {
                let step = drawn[sampling.nextInteger(below: drawn.count)]
                for column in 0..<inputs {
                    batch.buffer[place * inputs + column] = Float(rows.elements[step * inputs + column])
                }
                for column in 0..<outputs {
                    wanted.buffer[place * outputs + column] = targets[step * outputs + column]
                }
            }
            tape.reset()
            do {
                try learner.descend(on: tape) {
                    squaredError(learner(tape.constant(batch)), tape.constant(wanted)).mean()
                }
            } catch { throw .noSolution("\(error)") }
        }
        return learner.snapshot(.weights, build)
    }

    /// What steps bring, within what was recorded.
    ///
    /// - Parameter rows: `[steps, inputs]`.
    /// - Returns: `[steps][signals]`, and the probability of an end.
    func outcomes(_ rows: Matrix) -> [(signals: [Double], end: Double)] {
        let block = Tensor(rows.rows, inputs, rows.elements.map { Float($0) })
        tape.reset()
        let values = network(tape.constant(block)).values
        let outputs = units.count + 1
        return (0..<rows.rows).map { row in
            let signals = units.indices.map { signal in
                let value = units[signal] * Double(values[row * outputs + signal])
                return min(max(value, ranges[signal].lowerBound), ranges[signal].upperBound)
            }
            let end = mayEnd ? min(max(Double(values[row * outputs + outputs - 1]), 0), 1) : 0
            return (signals, end)
        }
    }
}
