import Networks
import Tensors

/// Values by a neural network, fitted to x + γ·V of its own last state, regression after regression.
///
/// - SeeAlso: Le, Voloshin and Yue 2019, arXiv:1903.08738.
public struct NetworkValues: ActionValues {
    /// How the network is fitted.
    public struct Options: Codable, Sendable, Hashable {
        /// Widths of the hidden layers.
        public var widths = [64, 64]
        /// Adam's step size.
        public var rate: Float = 1e-3
        /// Rows of a step, drawn with replacement.
        public var rows = 256
        /// Steps of one regression.
        public var steps = 200
        /// Regressions at most.
        public var regressions = 200
        /// Change of the mean start value that counts as none, relative to the larger of it and of a tenth of the largest
        /// possible value.
        public var tolerance = 0.01
        /// How much of the weights enters their moving average with each step; values are those of the average.
        public var averaging: Float = 0.01
        /// Regressions in a row without such a change, after which the fit has converged.
        public var patience = 5
        /// Seed of weights and rows.
        public var seed: UInt64 = 0

        /// The defaults.
        public init() {}
    }

    /// Regressions made.
    public let regressions: Int
    private let network: Network<MLP>
    private let tape = Tape(floats: 1 << 12, nodes: 64)
    private let inputs: InputScale
    private let unit: Double

    /// Fits values.
    ///
    /// - Parameters:
    ///   - data: the recorded episodes.
    ///   - signal: what is summed up.
    ///   - policy: whose value it is.
    ///   - discount: in [0, 1].
    ///   - options: how.
    /// - Throws: `OffPolicyError.noSolution` where values grow beyond ten times the largest possible, or still move after
    ///   the last regression.
    public init(
        _ data: TrajectorySet, _ signal: Signal, of policy: some EvaluatedPolicy, discount: Double,
        options: Options = Options()
    ) throws(OffPolicyError) {
        precondition(discount >= 0 && discount <= 1, "a discount of \(discount) is outside [0, 1]")
        let inputs = InputScale(data)
        let regression = NetworkRegression(data, signal, policy, discount, inputs, options)
        regressions = try regression.run()
        (self.inputs, unit) = (inputs, regression.unit)
        network = regression.learner.snapshot(.target) { layout in
            MLP("", inputs.size, hidden: options.widths, in: &layout)
        }
    }

    /// The network's output.
    public func value(of action: [Double], at observation: [Double]) throws(OffPolicyError) -> Double {
        let row = Tensor(1, inputs.size, inputs.row(observation, action))
        tape.reset()
        return unit * Double(network(tape.constant(row)).scalar)
    }
}

/// Standardises observations and actions together.
struct InputScale {
    private let observations, actions: RowScale

    init(_ data: TrajectorySet) {
        observations = RowScale(data.episodes.flatMap(\.observations))
        actions = RowScale(data.episodes.flatMap(\.actions))
    }

    var size: Int { observations.means.count + actions.means.count }

    func row(_ observation: [Double], _ action: [Double]) -> [Float] {
        (observations.standardised(observation) + actions.standardised(action)).map { Float($0) }
    }
}

/// The regressions of a network on its own values.
private final class NetworkRegression {
    /// Rows of inputs with weights, grouped: the actions that a policy takes at each of many observations.
    struct Choices {
        var inputs: [Float] = []
        var weights: [Float] = []
        var groups: [Int] = []

        mutating func add(
            _ policy: some EvaluatedPolicy, at observation: [Double], group: Int, _ scale: InputScale
        ) {
            for choice in policy.weightedActions(at: observation) where choice.weight > 0 {
                inputs += scale.row(observation, choice.action)
                weights.append(Float(choice.weight))
                groups.append(group)
            }
        }
    }

    let learner: Learner<MLP>
    /// The largest value that any episode could have: the unit of the network's output.
    let unit: Double
    private let options: NetworkValues.Options
    private let discount: Float
    private let size: Int
    private var inputs: [Float] = []
    private var signal: [Float] = []
    private var next = Choices()
    private var starts = Choices()
    private let startCount: Int
    private let tape = Tape()
    private var sampling: RandomStream

    init(
        _ data: TrajectorySet, _ signal: Signal, _ policy: some EvaluatedPolicy, _ discount: Double,
        _ scale: InputScale, _ options: NetworkValues.Options
    ) {
        (self.options, self.discount, size) = (options, Float(discount), scale.size)
        var stream = RandomStream(seed: options.seed, for: .weights)
        sampling = RandomStream(seed: options.seed, for: .sampling)
        learner = Learner(
            "values", optimizer: Adam(rate: .constant(options.rate)), hasTarget: true, using: &stream
        ) {
            layout in
            MLP("", scale.size, hidden: options.widths, in: &layout)
        }
        let values = data.values(of: signal)
        unit = data.largestSum(of: signal, discount: discount)
        startCount = data.episodes.count
        var row = 0
        for (number, episode) in data.episodes.enumerated() {
            starts.add(policy, at: episode.observations[0], group: number, scale)
            for step in 0..<episode.length {
                inputs += scale.row(episode.observations[step], episode.actions[step])
                self.signal.append(Float(values[number][step] / unit))
                if !(step + 1 == episode.length && episode.end == .terminated) {
                    next.add(policy, at: episode.observations[step + 1], group: row, scale)
                }
                row += 1
            }
        }
    }

    /// Regresses until the mean start value rests.
    ///
    /// - Returns: regressions made.
    func run() throws(OffPolicyError) -> Int {
        var (last, quiet) = (startValue, 0)
        for regression in 1...options.regressions {
            let targets = targets()
            guard targets.allSatisfy({ abs($0) <= 10 }) else {
                throw .noSolution("the network's values diverge: ten times beyond the largest possible")
            }
            for _ in 0..<options.steps { try step(targets) }
            let now = startValue
            let isQuiet = abs(now - last) <= options.tolerance * max(abs(now), 0.1)
            (last, quiet) = (now, isQuiet ? quiet + 1 : 0)
            if quiet >= options.patience { return regression }
        }
        throw .noSolution("the network's values still move after \(options.regressions) regressions")
    }

    private var startValue: Double {
        Double(sums(starts, groups: startCount).reduce(0, +)) / Double(startCount)
    }

    /// x + γ·V of all recorded steps, by the network as it is.
    private func targets() -> [Float] {
        let ahead = sums(next, groups: signal.count)
        return signal.indices.map { signal[$0] + discount * ahead[$0] }
    }

    private func sums(_ choices: Choices, groups: Int) -> [Float] {
        var result = [Float](repeating: 0, count: groups)
        let rows = choices.weights.count
        for start in stride(from: 0, to: rows, by: 4096) {
            let part = start..<min(start + 4096, rows)
            tape.reset()
            let block = Tensor(
                part.count, size, choices.inputs[part.lowerBound * size..<part.upperBound * size])
            let values = learner.target(tape.constant(block)).values
            for (place, row) in part.enumerated() {
                result[choices.groups[row]] += choices.weights[row] * values[place]
            }
        }
        return result
    }

    private func step(_ targets: [Float]) throws(OffPolicyError) {
        let batch = Tensor(options.rows, size), wanted = Tensor(options.rows, 1)
        for place in 0..<options.rows {
            let row = sampling.nextInteger(below: targets.count)
            for column in 0..<size { batch.buffer[place * size + column] = inputs[row * size + column] }
            wanted.buffer[place] = targets[row]
        }
        tape.reset()
        do {
            try learner.descend(on: tape, movingTargetBy: options.averaging) {
                squaredError(learner(tape.constant(batch)), tape.constant(wanted)).mean()
            }
        } catch { throw .noSolution("\(error)") }
    }
}
