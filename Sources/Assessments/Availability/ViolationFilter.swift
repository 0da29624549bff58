import Availability
import Foundation
import Reliability
import SafeRL

/// A classifier of recorded states: whether a violation follows soon.
///
/// Two layers of 48 rectified units on standardised observations, Adam at 1e-3 on 256 rows an update; its temperature is fitted on a tenth of
/// the rows that it does not learn from.
struct ViolationFilter: Sendable {
    private let scale: ColumnScale
    private let layers: [IntervalCertifier.Layer]
    /// What logits are divided by.
    let temperature: Double

    private static let widths = [48, 48]
    private static let batch = 256
    /// Rows that the temperature is fitted on, at most.
    private static let judged = 4000

    /// Learns.
    ///
    /// - Parameters:
    ///   - data: the recorded rows.
    ///   - isViolated: the label of each.
    ///   - chosen: rows to learn from, at least 20.
    ///   - updates: of Adam.
    ///   - seed: of weights and batches.
    /// - Throws: `Unavailable` for too few rows, `NonFiniteError`, `ReliabilityError`.
    init(_ data: TransitionDataset, _ isViolated: [Bool], rows chosen: [Int], updates: Int, seed: UInt64)
        throws
    {
        guard chosen.count >= 20 else {
            throw Unavailable("a filter of \(chosen.count) rows: at least 20 are needed")
        }
        let scale = try ColumnScale(data.states(at: chosen))
        var weights = RandomStream(seed: seed, for: .weights)
        var sampling = RandomStream(seed: seed, for: .sampling)
        let held = stride(from: 0, to: chosen.count, by: 10).map { chosen[$0] }
        let learned = chosen.indices.filter { !$0.isMultiple(of: 10) }.map { chosen[$0] }
        let learner = Learner("filter", optimizer: Adam(rate: .constant(1e-3)), using: &weights) {
            MLP("", data.observationSize, hidden: Self.widths, in: &$0)
        }
        let tape = Tape()
        let (means, deviations) = (scale.means, scale.deviations.map { $0 > 0 ? $0 : 1 })
        for _ in 0..<updates {
            var (x, y): ([Float], [Float]) = ([], [])
            for _ in 0..<Self.batch {
                let row = learned[sampling.nextInteger(below: learned.count)]
                for column in means.indices {
                    let value = Double(data.observations[row * means.count + column])
                    x.append(Float((value - means[column]) / deviations[column]))
                }
                y.append(isViolated[row] ? 1 : 0)
            }
            tape.reset()
            try learner.descend(on: tape) {
                let (input, target) = (
                    x.withUnsafeBufferPointer { tape.constant($0, Self.batch, means.count) },
                    y.withUnsafeBufferPointer { tape.constant($0, Self.batch, 1) }
                )
                let logits = learner(input)
                return (logits.softplus() - target * logits).mean()
            }
        }
        let layers = ["l0", "l1", "out"].map { Self.layer($0, of: learner) }
        let judged = spaced(held, Self.judged)
        let truth = judged.map { isViolated[$0] }
        // Rows of one kind show no temperature.
        guard truth.contains(true) && truth.contains(false) else {
            self.init(scale, layers, 1)
            return
        }
        let raw = ViolationFilter(scale, layers, 1)
        let probabilities = judged.map { raw.probability(data.observation($0)) }
        self.init(
            scale, layers, try TemperatureScaling.byLogLoss(probability: probabilities, hit: truth))
    }

    private init(_ scale: ColumnScale, _ layers: [IntervalCertifier.Layer], _ temperature: Double) {
        (self.scale, self.layers, self.temperature) = (scale, layers, temperature)
    }

    private static func layer(_ name: String, of learner: Learner<MLP>) -> IntervalCertifier.Layer {
        func numbers(_ part: String) -> [Float] {
            learner.layout.entries.filter { $0.name == "\(name).\(part)" }.flatMap {
                Array(learner.elements($0, .weights))
            }
        }
        let (weights, bias) = (numbers("weight"), numbers("bias").map(Double.init))
        return .init(
            weights: stride(from: 0, to: weights.count, by: bias.count).map {
                weights[$0..<$0 + bias.count].map(Double.init)
            }, bias: bias)
    }

    /// An observation as the network sees it.
    func standardised(_ observation: [Float]) -> [Double] {
        observation.indices.map {
            let deviation = scale.deviations[$0]
            return (Double(observation[$0]) - scale.means[$0]) / (deviation > 0 ? deviation : 1)
        }
    }

    /// What the last hidden layer gives for a state.
    func hidden(_ observation: [Float]) -> [Double] {
        layers.dropLast().reduce(standardised(observation)) { Self.applied($1, to: $0).map { max($0, 0) } }
    }

    /// The probability that a violation follows, calibrated.
    func probability(_ observation: [Float]) -> Double {
        let logit = Self.applied(layers[layers.count - 1], to: hidden(observation))[0] / temperature
        return logit >= 0 ? 1 / (1 + exp(-logit)) : exp(logit) / (1 + exp(logit))
    }

    private static func applied(_ layer: IntervalCertifier.Layer, to x: [Double]) -> [Double] {
        var y = layer.bias
        for (input, value) in x.enumerated() where value != 0 {
            for output in y.indices { y[output] += value * layer.weights[input][output] }
        }
        return y
    }

    /// Bounds of the probability over all observations within a radius of standard deviations in every entry.
    func probabilities(round observation: [Float], radius: Double) -> ClosedRange<Double> {
        let range = IntervalCertifier(layers).bounds(round: standardised(observation), radius: radius)
        func probability(_ logit: Double) -> Double { 1 / (1 + exp(-logit / temperature)) }
        return probability(range.lowerBound)...probability(range.upperBound)
    }
}
