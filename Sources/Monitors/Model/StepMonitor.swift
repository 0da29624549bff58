import Foundation
import Networks
import Tensors

/// What a step monitor says of a step.
public struct StepJudgement: Sendable, Hashable {
    /// The most probable class.
    public let stepClass: StepClass
    /// Of safe, controversial and unsafe, with the sum 1.
    public let probabilities: [Double]
    /// Of each cost channel, that it is what is violated if anything is.
    public let channels: [Double]

    /// The score of danger, in [0, 1]: the probability that the step is not safe.
    public var score: Double { 1 - probabilities[0] }
}

/// Judges steps, before they are done, by whether a violation can still be avoided.
///
/// A value: its numbers never change, and a step's judgement depends on nothing but the step.
public struct StepMonitor: Sendable, Equatable {
    /// What is known of a monitor beside its numbers.
    public struct Facts: Codable, Sendable, Equatable {
        /// Where its labels are from.
        public let environment: String
        /// What it sees.
        public let features: MonitorFeatures
        /// The names of the cost channels.
        public let costs: [String]
        let plan: MonitorNetwork.Plan
        /// How it was trained.
        public let training: MonitorTraining
        /// What logits are divided by.
        public var temperature = 1.0
        /// κ of the strict classifiers of both halves.
        public var strictWeights: [Float] = []
        /// Share of the rows that are controversial.
        public var controversial = 0.0
        /// Mean probability of the class unsafe less its share, on held-out episodes: above 0 where it warns too much.
        public var miscalibration = 0.0

        private enum CodingKeys: String, CodingKey {
            case environment, features, costs, plan, training, temperature, controversial, miscalibration
            case strictWeights = "strict_weights"
        }
    }

    /// What is known beside its numbers.
    public let facts: Facts
    let scaling: MonitorScaling
    /// The parameters by name, each row-major.
    let parameters: [String: [Float]]

    init(_ facts: Facts, _ scaling: MonitorScaling, parameters: [String: [Float]]) {
        (self.facts, self.scaling, self.parameters) = (facts, scaling, parameters)
    }

    init(_ facts: Facts, _ scaling: MonitorScaling, _ learner: Learner<MonitorNetwork>) {
        let parameters = learner.layout.entries.map { ($0.name, Array(learner.elements($0, .weights))) }
        self.init(facts, scaling, parameters: Dictionary(uniqueKeysWithValues: parameters))
    }

    /// The class of one step.
    ///
    /// - Parameter features: as `MonitorFeatures.values` gives them.
    /// - Returns: the most probable class.
    /// - Throws: `MonitorError.otherSize`, `.notFinite`.
    public func flag(features: Span<Float>) throws -> StepClass {
        try judge().judge(features: features).stepClass
    }

    /// What judges steps with these numbers, one after the other.
    public func judge() -> StepJudge { StepJudge(self) }
}

/// A step monitor ready to judge, one thread at a time: its network and the memory that it computes in.
public final class StepJudge {
    /// What it judges by.
    public let monitor: StepMonitor
    private let network: Network<MonitorNetwork>
    private let tape = Tape(floats: 1 << 12, nodes: 32)
    private let temperature: Temperature

    init(_ monitor: StepMonitor) {
        self.monitor = monitor
        temperature = Temperature(value: monitor.facts.temperature)
        network = Network({ MonitorNetwork(monitor.facts.plan, in: &$0) }) { entry, values in
            _ = values.update(fromContentsOf: monitor.parameters[entry.name] ?? [])
        }
    }

    /// Judges a step.
    ///
    /// - Parameters:
    ///   - observation: in which it is taken.
    ///   - action: what would be done.
    /// - Returns: class and probabilities.
    /// - Throws: `MonitorError.otherSize`, `.notFinite`.
    public func judge(_ observation: Span<Float>, _ action: Span<Float>) throws -> StepJudgement {
        let features = monitor.facts.features
        guard observation.count == features.observationSize, action.count == features.actionSize else {
            throw MonitorError.otherSize(
                "the step monitor", fitted: features.observationSize + features.actionSize,
                asked: observation.count + action.count)
        }
        let values = features.values(observation, action)
        return try judge(features: values.span)
    }

    /// Judges a step by its features.
    ///
    /// - Parameter features: as `MonitorFeatures.values` gives them.
    /// - Returns: class and probabilities.
    /// - Throws: `MonitorError.otherSize`, `.notFinite`.
    public func judge(features: Span<Float>) throws -> StepJudgement {
        let facts = monitor.facts
        guard features.count == facts.features.count else {
            throw MonitorError.otherSize(
                "the step monitor", fitted: facts.features.count, asked: features.count)
        }
        let values = (0..<features.count).map { features[$0] }
        guard values.allSatisfy(\.isFinite) else { throw MonitorError.notFinite("the step monitor") }
        tape.reset()
        let x = monitor.scaling.scaled(values).withUnsafeBufferPointer { tape.constant($0, 1, values.count) }
        let output = Array(network(x).values)
        let classes = temperature.probabilities(Array(output[..<facts.plan.classes]))
        guard classes.allSatisfy(\.isFinite) else {
            throw MonitorError.notFinite("the step monitor's network")
        }
        let best = classes.indices.max { classes[$0] < classes[$1] } ?? 2
        return StepJudgement(
            stepClass: StepClass.allCases[best], probabilities: classes,
            channels: output[facts.plan.classes...].map { 1 / (1 + exp(-Double($0))) })
    }
}
