import Foundation
import Storage

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
        /// Recorded episodes that were kept apart.
        case records
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
        case .records:
            "Relative to the recorded episodes \(name): it holds where episodes come about as those did, for a behaviour "
                + "that looked at nothing but the recorded observations."
        }
    }
}

/// The figures of a safety test, with all that is needed to know what they mean.
public struct SafetyReport: Codable, Sendable, Hashable {
    /// Why the policy is not certified; empty where it is.
    public internal(set) var reasons: [Objection] = []
    /// What a reader must bear in mind, one sentence each.
    public let cautions: [String]
    /// Whether the bound keeps delta only in the limit of large samples.
    public let isApproximate: Bool
    /// The bound on the mean cost; nothing where it could not be computed.
    public internal(set) var upperBound: Double?
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
    public internal(set) var fault: String?
    /// Where the costs are from.
    public let origin: CostOrigin
    /// What the verdict is relative to.
    public let statement: String

    /// Describes the sample; what was found of it is added.
    init(_ test: SafetyTest, _ costs: [Double], _ origin: CostOrigin, _ cautions: [String]) {
        let sample = costs.isEmpty ? nil : SampleMean(costs)
        let own: [String] =
            switch test.subject {
            case .improvement(isApproximate: true): [Self.estimatedBehaviour]
            case .improvement, .cost: test.bound.isApproximate ? [test.bound.caution] : []
            }
        isApproximate = !own.isEmpty
        self.cautions = own + cautions
        (bound, delta, limit) = (test.bound.name, test.delta, test.limit)
        let assumptions = test.bound.assumptions
        self.assumptions = assumptions.words
        (conditions, validity, count) = (assumptions.conditions, assumptions.validity, costs.count)
        mean = sample.flatMap { $0.mean.isFinite ? $0.mean : nil }
        deviation = sample.flatMap { $0.deviation.isFinite ? $0.deviation : nil }
        self.origin = origin
        statement = own.map { $0 + " " }.joined() + origin.statement
    }

    private static let estimatedBehaviour =
        "Approximate: the behaviour's probabilities were estimated from records, and their error is in no bound."

    /// Whether the policy may be returned.
    public var isCertified: Bool { reasons.isEmpty }

    /// Whether the limit holds for every policy.
    public var isVacuous: Bool { reasons.contains { $0.reason == .vacuous } }

    /// `certified`, `no solution found`, or `vacuous` where the limit holds for every policy.
    public var verdict: String {
        isCertified ? "certified" : isVacuous ? "vacuous" : "no solution found"
    }

    /// The verdict in one line: what it is, and why it is not `certified`.
    public var summary: String {
        if isCertified { return isApproximate ? "certified (approximate)" : "certified" }
        return "\(verdict): \(reasons.words)"
    }

    /// Reads a report, also one from before there were reasons.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let isCertified = try values.decode(String.self, forKey: .verdict) == "certified"
        reasons = try values.decodeIfPresent([Objection].self, forKey: .reasons) ?? []
        cautions = try values.decodeIfPresent([String].self, forKey: .cautions) ?? []
        validity = try values.decode(Assumptions.Validity.self, forKey: .validity)
        isApproximate =
            try values.decodeIfPresent(Bool.self, forKey: .isApproximate) ?? (validity == .largeSamples)
        upperBound = try values.decodeIfPresent(Double.self, forKey: .upperBound)
        bound = try values.decode(String.self, forKey: .bound)
        assumptions = try values.decode(String.self, forKey: .assumptions)
        conditions = try values.decode([Assumptions.Condition].self, forKey: .conditions)
        count = try values.decode(Int.self, forKey: .count)
        mean = try values.decodeIfPresent(Double.self, forKey: .mean)
        deviation = try values.decodeIfPresent(Double.self, forKey: .deviation)
        delta = try values.decode(Double.self, forKey: .delta)
        limit = try values.decode(Double.self, forKey: .limit)
        fault = try values.decodeIfPresent(String.self, forKey: .fault)
        origin = try values.decode(CostOrigin.self, forKey: .origin)
        statement = try values.decode(String.self, forKey: .statement)
        if reasons.isEmpty && !isCertified { reasons = [.unsaid] }
    }

    /// Writes all figures, and the verdict that they amount to.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(verdict, forKey: .verdict)
        try values.encode(reasons, forKey: .reasons)
        try values.encode(cautions, forKey: .cautions)
        try values.encode(isApproximate, forKey: .isApproximate)
        try values.encodeIfPresent(upperBound, forKey: .upperBound)
        try values.encode(bound, forKey: .bound)
        try values.encode(assumptions, forKey: .assumptions)
        try values.encode(conditions, forKey: .conditions)
        try values.encode(validity, forKey: .validity)
        try values.encode(count, forKey: .count)
        try values.encodeIfPresent(mean, forKey: .mean)
        try values.encodeIfPresent(deviation, forKey: .deviation)
        try values.encode(delta, forKey: .delta)
        try values.encode(limit, forKey: .limit)
        try values.encodeIfPresent(fault, forKey: .fault)
        try values.encode(origin, forKey: .origin)
        try values.encode(statement, forKey: .statement)
    }

    private enum CodingKeys: String, CodingKey {
        case verdict, reasons, cautions, bound, assumptions, conditions, validity, mean, delta, limit, fault,
            origin
        case statement
        case isApproximate = "approximate"
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
