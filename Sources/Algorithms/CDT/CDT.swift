// CDT, the constrained decision transformer: Liu et al., "Constrained Decision Transformer for Offline Safe Reinforcement
// Learning", ICML 2023, arXiv:2302.07351, as its authors' package OSRL trains it. Section numbers [C6.1] … are those of our
// notes on that code, of which docs/cdt.md is the short form.
//
//   usual symbol             here
//   R_t, C_t                 returnsToGo, costsToGo     undiscounted sums from step t on, as labelled; returns scaled
//   o_t = (R_t, C_t, s_t)    the tokens before a_t      in this order; the cost enters as 50 - C_t [C6.1, D13]
//   pi(a | o_-K:t)           network                    Gaussian whose log deviation is not clamped
//   K, T                     contextLength, episodeLength
//   alpha                    temperature                learned in double precision, by an Adam of its own [C6.3]
//   relabelled episodes      relabelling                targets above the Pareto front [C6.2]
//
// Followed: network, initialisation, sampling, losses and their denominators, clipping, AdamW on every parameter, warm-up,
// temperature against the mean entropy of a component [D14], acting with targets that shrink.
//
// Deviations, with their reasons in docs/cdt.md:
//   - windows are packed one behind the other: padding is not computed. No loss depends on it, and no other number;
//   - random numbers come from streams of our own, dropout of attention weights is drawn anew on the way back;
//   - costs above 1 are refused, where the released classifier of costs fails [D16];
//   - an update sums up the gradients of parts of its windows, so that memory does not grow with their number;
//   - variants that no published run uses are left out: state features with costs, sampling by the front, starts by costs.

import SafeRL

/// Imitates episodes given what they return and cost from each step on, and is asked for a high return at a low cost.
public final class CDT: Algorithm {
    /// `cdt`.
    public static let name = "cdt"

    package let network: Learner<DecisionTransformer>
    package let temperature: LearnerOf<LogTemperature, Double>
    /// What windows are drawn from.
    package let sequences: EpisodeSequences
    package let batch: SequenceBatch
    /// What is dropped; tests give what was published.
    package var dropout: any TransformerDropout { given ?? drawn }
    package var given: (any TransformerDropout)?
    let configuration: Configuration, data: TransitionDataset, constants: CDTTask?
    let drawn: RandomDropout
    var sampling: RandomStream
    private let relabelled: String
    private let tape = Tape(), scalars = TapeOf<Double>(nodes: 64)
    private let order = TokenOrder()
    private var classes: [Int32] = []
    private let nextStates: Tensor

    /// Windows whose tokens are computed together: their activations stay near, and are enough for products.
    static let piece = 128

    /// Makes a fresh network and chooses the episodes that are relabelled.
    ///
    /// - Throws: `OptionIssue` when the data do not fit.
    public init(_ configuration: Configuration, on data: TransitionDataset, seed: UInt64) throws {
        (self.configuration, self.data) = (configuration, data)
        constants = try configuration.constants(for: data)
        let shape = try configuration.shape(for: data, constants)
        (sequences, relabelled) = try configuration.sequences(of: data, constants, seed: seed)
        var weights = RandomStream(seed: seed, for: .weights)
        network = Learner("network", optimizer: configuration.optimizer, using: &weights) {
            DecisionTransformer(shape, in: &$0)
        }
        temperature = LearnerOf(
            "temperature", optimizer: AdamOf(rate: .constant(configuration.temperatureRate)),
            using: &weights
        ) { LogTemperature(initial: configuration.temperature, in: &$0) }
        batch = SequenceBatch(
            windows: configuration.windows, steps: shape.steps, observationSize: shape.observation,
            actionSize: shape.action)
        drawn = RandomDropout(
            embedding: configuration.embeddingDropout, attention: configuration.attentionDropout,
            residual: configuration.residualDropout, longest: shape.longest,
            stream: RandomStream(seed: seed, for: .noise))
        sampling = RandomStream(seed: seed, for: .sampling)
        nextStates = Tensor(min(Self.piece, configuration.windows) * shape.steps, shape.observation)
    }

    /// How many episodes there are, and how many of them relabelled.
    public var selection: String? { relabelled }

    /// One stage.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        [Stage(Self.name, updates: steps) { try self.update() }]
    }

    /// Allowed: after the warm-up the step size is constant.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// Draws windows and learns from them.
    ///
    /// - Throws: `NonFiniteError`.
    package func update() throws -> Metrics {
        sequences.fill(batch, using: &sampling)
        return try learn()
    }

    /// One step on the windows of the batch, then one of the temperature.
    ///
    /// - Throws: `NonFiniteError`.
    package func learn() throws -> Metrics {
        var metrics = Metrics(isStochastic: configuration.isStochastic)
        metrics.rate = network.optimizer.rate.value(after: network.updates)
        let alpha = configuration.usesEntropy ? Float(currentTemperature) : 0
        metrics.temperature = alpha
        var sums = Sums()
        let pieces = (batch.windows + Self.piece - 1) / Self.piece
        metrics.loss = try network.descend(on: tape, parts: pieces) { piece in
            let windows = piece * Self.piece..<min((piece + 1) * Self.piece, batch.windows)
            return loss(of: windows, temperature: alpha, adding: &sums)
        }
        metrics.take(sums)
        if configuration.isStochastic {
            try temperature.descend(on: scalars) {
                scalars.reset()
                return temperature.body.loss(
                    entropy: Double(metrics.entropy), target: -Double(data.actionSize),
                    temperature.weights(on: scalars))
            }
        }
        return try metrics.checkedFinite()
    }

    /// Temperature of the entropy, as learned so far.
    package var currentTemperature: Double { temperature.body.value(temperature.weights(on: reset(scalars))) }

    private func reset(_ tape: TapeOf<Double>) -> TapeOf<Double> {
        tape.reset()
        return tape
    }

    /// What the losses are sums of, over all windows.
    package struct Sums {
        package var action: Float = 0, logLikelihood: Float = 0, entropy: Float = 0
        package var cost: Float = 0, state: Float = 0, correct: Float = 0
    }

    /// What the transformer says of some windows of the batch; outside `descend` a constant.
    package func output(of windows: Range<Int>, on tape: Tape, dropout: (any TransformerDropout)?)
        -> DecisionTransformer.Output
    {
        let rows = batch.starts[windows.lowerBound]..<batch.starts[windows.upperBound]
        let starts = batch.starts
        order.fill(
            network.body.shape, steps: windows.lazy.map { starts[$0 + 1] - starts[$0] }, count: rows.count)
        let input = DecisionTransformer.Input(
            states: tape.constant(batch.observations, rows: rows),
            actions: tape.constant(batch.actions, rows: rows),
            returns: tape.constant(batch.returnsToGo, rows: rows),
            costs: tape.constant(batch.costsToGo, rows: rows),
            timeSteps: UnsafeBufferPointer(rebasing: batch.timeSteps[rows]),
            episodeCosts: tape.constant(batch.episodeCosts, rows: windows))
        return network.body(input, order, network.weights(on: tape), dropout: dropout)
    }

    /// The share of some windows in the loss of all, `[1, 1]`.
    private func loss(of windows: Range<Int>, temperature alpha: Float, adding sums: inout Sums) -> Variable {
        let rows = batch.starts[windows.lowerBound]..<batch.starts[windows.upperBound]
        let said = output(of: windows, on: tape, dropout: dropout)
        let actions = tape.constant(batch.actions, rows: rows)
        let (valid, all) = (Float(batch.rows), Float(batch.windows * batch.steps))
        let components = Float(data.actionSize)

        let ofAction: Variable
        if let logDeviation = said.logDeviation {
            // Means over valid steps and components.
            let likelihood = gaussianLogDensity(actions, mean: said.action, logDeviation: logDeviation).sum()
                .scaled(by: 1 / (valid * components))
            let entropy = logDeviation.sum().scaled(
                by: 1 / (valid * components), plus: 1.418_938_5 * Float(rows.count) / valid)
            ofAction = (likelihood + entropy.scaled(by: alpha)).scaled(by: -1)
            sums.logLikelihood += likelihood.scalar
            sums.entropy += entropy.scalar
        } else {
            // The mean counts padding.
            ofAction = (said.action - actions).squared().sum().scaled(by: 1 / (all * components))
        }

        classes.removeAll(keepingCapacity: true)
        for row in rows { classes.append(batch.costs.buffer[row] >= 1 ? 1 : 0) }
        let ofCost = classes.withUnsafeBufferPointer { said.cost.picking($0).sum().scaled(by: -1 / all) }
        let ofState = stateLoss(said.state, windows, rows)
        sums.action += ofAction.scalar
        sums.cost += ofCost.scalar
        sums.state += ofState.scalar
        sums.correct += correct(said.cost.values) / valid
        return ofAction + ofCost.scaled(by: configuration.costWeight)
            + ofState.scaled(by: configuration.stateWeight)
    }

    /// Squared error of the next states within a window; behind the last step of a shortened window stand zeros [C6.3, D17].
    private func stateLoss(_ said: Variable, _ windows: Range<Int>, _ rows: Range<Int>) -> Variable {
        let width = data.observationSize
        let counted = tape.constant(0, rows.count, 1)
        nextStates.buffer.update(repeating: 0)
        for window in windows {
            let (first, end) = (batch.starts[window], batch.starts[window + 1])
            for row in first..<end where row - first < batch.steps - 1 {
                counted.mutableValues[row - rows.lowerBound] = 1
                guard row + 1 < end else { continue }
                for column in 0..<width {
                    nextStates.buffer[(row - rows.lowerBound) * width + column] =
                        batch.observations.buffer[(row + 1) * width + column]
                }
            }
        }
        let error = said - tape.constant(nextStates, rows: 0..<rows.count)
        let entries = Float(batch.windows * max(batch.steps - 1, 1) * width)
        return (error.squared() * counted).sum().scaled(by: 1 / entries)
    }

    /// How many costs are of the class that is more probable.
    private func correct(_ logProbabilities: UnsafeBufferPointer<Float>) -> Float {
        var correct: Float = 0
        for (row, kind) in classes.enumerated() {
            let said: Int32 = logProbabilities[2 * row + 1] > logProbabilities[2 * row] ? 1 : 0
            if said == kind { correct += 1 }
        }
        return correct
    }
}
