/// A reward of several verifiers: what GRPO's runs with verifiable rewards learn from.
///
///     R = floors(gate · Σ w·term · Π penalties) + Σ group terms
///
/// Verifiers are numbers by name, each of one response; the composer reads no text. AlphaAlign's dual reward, GSPR's and the hybrid
/// and guard-only rewards of Qwen3Guard's report are such sums.
///
/// - SeeAlso: arXiv:2507.14987, section 3; arXiv:2510.14276, section 5.
public struct RewardComposer: Sendable, Hashable {
    /// A weighted verifier.
    public struct Term: Sendable, Hashable {
        /// Name of the verifier.
        public var verifier: String
        /// Its weight.
        public var weight: Double
        /// The kind of prompt that it counts for; nothing for each.
        public var on: String?

        /// Describes a term.
        public init(_ verifier: String, weight: Double = 1, on kind: String? = nil) {
            (self.verifier, self.weight, on) = (verifier, weight, kind)
        }
    }

    /// The largest reward that is left where a verifier is 1.
    public struct Floor: Sendable, Hashable {
        /// Name of the verifier.
        public var verifier: String
        /// The largest reward there.
        public var atMost: Double

        /// Describes a floor.
        public init(_ verifier: String, atMost: Double) { (self.verifier, self.atMost) = (verifier, atMost) }
    }

    /// A verifier that is compared within the responses to a prompt.
    public struct GroupTerm: Sendable, Hashable {
        /// How a value becomes a reward.
        public enum Scale: String, Codable, Sendable, CaseIterable {
            /// Distance from the group's mean in standard deviations, with n − 1.
            case group
            /// The value itself.
            case raw
            /// 0.
            case none
        }

        /// Name of the verifier.
        public var verifier: String
        /// The kind of prompt that it counts for; nothing for each.
        public var on: String?
        /// A verifier that takes it away where it is 1.
        public var unless: String?
        /// How it is scaled.
        public var scale: Scale
        /// Smallest reward of a value that is scaled by its group; nothing for none.
        public var atLeast: Double?
        /// Smallest standard deviation that is divided by.
        public var floor: Double

        /// Describes a term of the group; AlphaAlign's help reward by default.
        public init(
            _ verifier: String, on kind: String? = nil, unless: String? = nil, scale: Scale = .group,
            atLeast: Double? = 0, floor: Double = 0
        ) {
            (self.verifier, on, self.unless) = (verifier, kind, unless)
            (self.scale, self.atLeast, self.floor) = (scale, atLeast, floor)
        }
    }

    /// A verifier that multiplies the terms; nothing for 1.
    public var gate: String?
    /// Whether the gate takes group terms away too.
    public var gatesAll = false
    /// What is added up.
    public var terms: [Term]
    /// Verifiers that multiply the sum.
    public var penalties: [String] = []
    /// In order; the first whose verifier is 1 bounds the reward.
    public var floors: [Floor] = []
    /// What is added behind.
    public var group: [GroupTerm] = []

    /// A sum of terms.
    public init(_ terms: [Term]) { self.terms = terms }

    /// All verifiers by name that a reward reads.
    public var verifiers: Set<String> {
        Set(terms.map(\.verifier) + penalties + floors.map(\.verifier) + group.map(\.verifier))
            .union([gate].compactMap { $0 }).union(group.compactMap(\.unless))
    }

    /// A response's reward, part by part.
    public struct Parts: Sendable, Hashable {
        /// What the gate lets through: 1 without one.
        public internal(set) var gate = 1.0
        /// w·term of each term, 0 for prompts of other kinds.
        public internal(set) var terms: [Double] = []
        /// Product of the penalties.
        public internal(set) var penalty = 1.0
        /// The floor that bounded the reward, by its place.
        public internal(set) var floor: Int?
        /// Of each term of the group.
        public internal(set) var group: [Double] = []
        /// The reward.
        public internal(set) var reward = 0.0
    }

    /// The rewards of the responses to one prompt.
    ///
    /// - Parameters:
    ///   - responses: verifiers by name; all that the reward reads.
    ///   - kind: of the prompt, such as `harmful`.
    /// - Returns: in the same order; a reward is NaN where one of its verifiers is missing or NaN.
    public func callAsFunction(_ responses: [[String: Double]], kind: String? = nil) -> [Parts] {
        let groups = group.map { groupValues($0, responses, kind) }
        return responses.enumerated().map { place, values in
            func value(_ name: String) -> Double { values[name] ?? .nan }
            var parts = Parts()
            if let gate { parts.gate = value(gate) }
            parts.terms = terms.map { term in
                term.on == nil || term.on == kind ? term.weight * value(term.verifier) : 0
            }
            parts.penalty = penalties.reduce(1) { $0 * value($1) }
            parts.reward = parts.gate * parts.terms.reduce(0, +) * parts.penalty
            parts.floor = floors.firstIndex { value($0.verifier) == 1 }
            if let floor = parts.floor { parts.reward = min(parts.reward, floors[floor].atMost) }
            if floors.contains(where: { value($0.verifier).isNaN }) { parts.reward = .nan }
            parts.group = groups.map { gatesAll ? parts.gate * $0[place] : $0[place] }
            parts.reward += parts.group.reduce(0, +)
            return parts
        }
    }

    /// Added to a standard deviation.
    private static let epsilon = 1e-6

    private func groupValues(
        _ term: GroupTerm, _ responses: [[String: Double]], _ kind: String?
    ) -> [Double] {
        guard term.on == nil || term.on == kind else { return responses.map { _ in 0 } }
        let values = responses.map { $0[term.verifier] ?? .nan }
        let group = Deviation(values)
        let divisor = max(group.deviation, term.floor)
        return zip(values, responses).map { value, response in
            if let unless = term.unless {
                guard let isOut = response[unless], !isOut.isNaN else { return .nan }
                if isOut == 1 { return 0 }
            }
            switch term.scale {
            case .none: return 0
            case .raw: return value
            case .group:
                if value.isNaN { return value }
                let scaled = group.isUniform ? 0 : (value - group.mean) / (divisor + Self.epsilon)
                return term.atLeast.map { max(scaled, $0) } ?? scaled
            }
        }
    }
}

/// How several rewards of a response become one.
public enum RewardAggregation: String, Codable, Sendable, CaseIterable {
    /// They are weighted and added, and advantages taken of the sum.
    case sumThenNormalise = "sum-then-normalise"
    /// Each is scaled within its group, then weighted and added, and the sums are scaled over the update.
    case normaliseThenSum = "normalise-then-sum"

    /// Advantages of responses with several rewards.
    ///
    /// - Parameters:
    ///   - terms: of each response, grouped by prompt.
    ///   - weights: one a term.
    ///   - advantages: how rewards are compared.
    /// - Returns: in the same order.
    public func advantages(
        _ terms: [[[Double]]], weights: [Double], _ advantages: GroupAdvantages
    ) -> [[Double]] {
        func sum(_ values: [Double]) -> Double { zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } }
        switch self {
        case .sumThenNormalise: return advantages(terms.map { $0.map(sum) })
        case .normaliseThenSum:
            let scaled = weights.indices.map { k in advantages(terms.map { $0.map { $0[k] } }) }
            let sums = terms.enumerated().map { group, responses in
                responses.indices.map { row in sum(scaled.map { $0[group][row] }) }
            }
            let all = Deviation(sums.flatMap { $0 })
            return sums.map { $0.map { ($0 - all.mean) / (all.deviation + advantages.epsilon) } }
        }
    }
}
