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
}
