import Foundation
import StrictJSON

/// Where tested costs are from, and so what a verdict about them is relative to.
public struct CostOrigin: Codable, Sendable, Hashable {
    /// What said how large a cost is.
    public enum Source: String, Codable, Sendable {
        /// An environment, as it is simulated.
        case environment
        /// A model that was learned from preferences or labels.
        case learnedModel = "learned model"
        /// People or another trusted source, case by case.
        case labels
    }

    /// What said how large a cost is.
    public var source: Source
    /// Its name, such as `point-robot`, or what identifies the cost model or the labels.
    public var name: String
    /// What identifies the tested policy: the hash of its checkpoint.
    public var policy: String
    /// How it acted or answered: decoding settings, overridden options and the like.
    public var settings: [String: String]
    /// Seed of the fresh draws; nothing where there was none.
    public var seed: UInt64?

    /// Names all of it.
    public init(
        _ source: Source, name: String, policy: String, settings: [String: String] = [:], seed: UInt64? = nil
    ) {
        (self.source, self.name, self.policy) = (source, name, policy)
        (self.settings, self.seed) = (settings, seed)
    }

    /// What a verdict is relative to, in one or two sentences.
    public var statement: String {
        switch source {
        case .environment:
            "Relative to the environment \(name) as it is simulated, with its own starts and this way of acting: "
                + "it says nothing about other starts, other dynamics, or a policy that learns on."
        case .learnedModel:
            "Relative to the learned cost model \(name): it bounds what the model says, not the harm that the model "
                + "fails to see, and only for prompts and decoding settings like those of the test."
        case .labels:
            "Relative to the labels \(name): it holds for cases drawn like those that were labelled, and for this way "
                + "of acting."
        }
    }
}

/// The figures of a safety test, with all that is needed to know what they mean.
public struct SafetyReport: Codable, Sendable, Hashable {
    /// `certified` or `no solution found`.
    public let verdict: String
    /// The bound on the mean cost; nothing where it could not be computed.
    public let upperBound: Double?
    /// The bound's name.
    public let bound: String
    /// What it rests on, in words.
    public let assumptions: String
    /// The same in cases.
    public let conditions: [Assumptions.Condition]
    /// For which sample sizes they are enough.
    public let validity: Assumptions.Validity
    /// Number of costs.
    public let count: Int
    /// Their mean and standard deviation (n − 1 below); nothing where they are not numbers.
    public let mean, deviation: Double?
    /// Probability of certifying a policy whose mean cost exceeds the limit.
    public let delta: Double
    /// The largest mean that is safe.
    public let limit: Double
    /// Why there is no bound; nothing where there is one.
    public let fault: String?
    /// Where the costs are from.
    public let origin: CostOrigin
    /// What the verdict is relative to.
    public let statement: String

    init(
        _ test: SafetyTest, _ costs: [Double], _ origin: CostOrigin, upper: Double? = nil, passes: Bool,
        fault: BoundError? = nil
    ) {
        let sample = costs.isEmpty ? nil : SampleMean(costs)
        verdict = passes ? "certified" : "no solution found"
        (upperBound, bound, delta, limit) = (upper, test.bound.name, test.delta, test.limit)
        let assumptions = test.bound.assumptions
        self.assumptions = assumptions.words
        (conditions, validity, count) = (assumptions.conditions, assumptions.validity, costs.count)
        mean = sample.flatMap { $0.mean.isFinite ? $0.mean : nil }
        deviation = sample.flatMap { $0.deviation.isFinite ? $0.deviation : nil }
        (self.fault, self.origin, statement) = (fault?.description, origin, origin.statement)
    }

    private enum CodingKeys: String, CodingKey {
        case verdict, bound, assumptions, conditions, validity, mean, delta, limit, fault, origin, statement
        case upperBound = "upper_bound"
        case count = "n"
        case deviation = "sd"
    }

    /// The report as JSON, keys sorted, ended by a line feed.
    ///
    /// - Throws: never for a report of a test.
    public func json() throws -> String {
        try JSONEncoder.indented.text(of: self) + "\n"
    }
}
