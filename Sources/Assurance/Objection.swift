import Foundation

/// Why a safety test certifies nothing: one of a few fixed reasons, and the same in words with its figures.
public struct Objection: Codable, Sendable, Hashable {
    /// The reasons there are.
    public enum Reason: String, Codable, Sendable, CaseIterable {
        /// The bound on the mean exceeds the limit.
        case aboveLimit = "above the limit"
        /// No sample of so few costs, or none at all, can bring the bound down to the limit.
        case outOfReach = "out of reach"
        /// The limit holds for every policy.
        case vacuous
        /// The bound could not be computed.
        case noBound = "no bound"
        /// The bound's assumptions need more costs.
        case tooFew = "too few"
        /// All costs are equal where what is tested needs that they differ.
        case noSpread = "no spread"
        /// Scores of the cost model have no zero, so that a limit on them means nothing.
        case noSigns = "no sign terms"
        /// The cost model was shown answers of one kind only.
        case oneClass = "one class"
        /// Nothing was kept apart to measure the cost model with.
        case unmeasured = "not measured"
        /// The cost model is not shown to be better than chance.
        case chance
        /// A policy is not shown to be better than what was recorded.
        case notBetter = "not better"
        /// What was recorded depends on what the observations do not have.
        case confounded = "hidden confounding"
        /// The policy is not shown to have stayed near the one that it started from.
        case leftReference = "left its reference"
        /// A report from before reasons were given.
        case unsaid = "not said"
    }

    /// Which of the reasons.
    public let reason: Reason
    /// The reason with its figures, a clause without a full stop.
    public let words: String

    private init(_ reason: Reason, _ words: String) { (self.reason, self.words) = (reason, words) }

    private static func percent(_ share: Double) -> String { String(format: "%.4g %%", 100 * share) }

    private static func number(_ value: Double) -> String { String(format: "%.4g", value) }

    static var unsaid: Self { Self(.unsaid, "an earlier version did not say why") }

    static func aboveLimit(_ upper: Double, _ limit: Double) -> Self {
        Self(.aboveLimit, "the upper bound, \(number(upper)), is above the limit, \(number(limit))")
    }

    static func notBetter(_ lower: Double) -> Self {
        Self(.notBetter, "the lower bound of the difference, \(number(lower)), is not above 0")
    }

    /// Where the truth is known, a policy is not better than the behaviour that was recorded.
    ///
    /// - Parameters:
    ///   - value: the policy's expected return.
    ///   - behaviour: the behaviour's.
    /// - Returns: the reason `notBetter`.
    public static func notBetter(value: Double, behaviour: Double) -> Self {
        Self(
            .notBetter,
            "in truth the policy is worth \(number(value)) and what it learned from \(number(behaviour))")
    }

    /// What was recorded depends on the past although the observation is known.
    ///
    /// - Parameters:
    ///   - what: what depends on it, such as `recorded actions`.
    ///   - p: of the test that found it.
    /// - Returns: the reason `confounded`.
    public static func confounded(_ what: String, p: Double) -> Self {
        Self(
            .confounded,
            "\(what) depend on the past although the observation is known (p ≤ \(number(p))): something that the "
                + "observation does not have was at work")
    }

    static func outOfReach(_ reach: SafetyTest.Reach, _ limit: Double) -> Self {
        switch reach {
        case .never(let least):
            Self(.outOfReach, "no cost is below \(number(least)), so that no test reaches \(number(limit))")
        case .from(let count, let least, let upper):
            Self(
                .outOfReach,
                "if every cost were \(number(least)) the bound would still be \(number(upper)), and at least "
                    + "\(count) costs would be needed")
        }
    }

    static func vacuous(_ limit: Double, largest: Double) -> Self {
        Self(
            .vacuous,
            "no mean can exceed \(number(largest)), so that a limit of \(number(limit)) holds for every policy"
        )
    }

    static func noBound(_ error: BoundError) -> Self {
        Self(.noBound, error.description.hasSuffix(".") ? String(error.description.dropLast()) : "\(error)")
    }

    static func tooFew(_ count: Int, needed: Int, by bound: String) -> Self {
        Self(.tooFew, "\(count) costs, and the \(bound) bound needs at least \(needed)")
    }

    static func noSpread(_ count: Int, by bound: String) -> Self {
        Self(.noSpread, "all \(count) costs are equal, and the \(bound) bound needs some that differ")
    }

    /// A learned cost model gave all responses one score.
    ///
    /// - Parameter count: of the responses.
    /// - Returns: the reason `noSpread`.
    public static func equalScores(_ count: Int) -> Self {
        Self(.noSpread, "the cost model gave all \(count) responses one score")
    }

    /// A cost model was trained without the labels, or the terms, that give its scores a zero.
    public static var noSigns: Self {
        Self(
            .noSigns,
            "the cost model was trained without sign terms, so that a limit on its scores has no meaning")
    }

    /// All answers that a cost model learned from have one label.
    ///
    /// - Parameter isSafe: which.
    /// - Returns: the reason `oneClass`.
    public static func oneClass(isSafe: Bool) -> Self {
        Self(
            .oneClass,
            "every answer that the cost model learned from is labelled \(isSafe ? "safe" : "unsafe")")
    }

    /// Nothing was kept apart that could show what a cost model knows.
    ///
    /// - Parameter what: what there is none of, such as `unsafe answers`.
    /// - Returns: the reason `unmeasured`.
    public static func unmeasured(_ what: String) -> Self {
        Self(.unmeasured, "no \(what) were kept apart to measure the cost model with")
    }

    /// A cost model is not shown to be better than chance, or than was asked for.
    ///
    /// - Parameters:
    ///   - what: the measure, such as `accuracy of pairs`.
    ///   - lower: its lower bound, in [0, 1].
    ///   - confidence: that of the bound, in (0, 1).
    ///   - least: what it had to exceed, in [0, 1).
    /// - Returns: the reason `chance`.
    public static func chance(_ what: String, lower: Double, confidence: Double, least: Double) -> Self {
        Self(
            .chance,
            "the cost model's \(what) is above \(percent(lower)) only, with \(percent(confidence)) confidence, and must be "
                + "above \(percent(least))")
    }

    /// A policy is not shown to have stayed as near to its reference as was asked for.
    ///
    /// - Parameters:
    ///   - upper: upper bound on the mean divergence of a response, in nats; nil where it was not measured.
    ///   - largest: what it must not exceed, in nats.
    /// - Returns: the reason `leftReference`.
    public static func farFromReference(_ upper: Double?, largest: Double) -> Self {
        Self(
            .leftReference,
            upper.map {
                "the candidate has left its reference: their divergence, below \(number($0)) nats a response only, must be "
                    + "within \(number(largest))"
            }
                ?? "the divergence of the candidate from its reference was not measured, and must be within \(number(largest)) "
                + "nats a response")
    }

    /// More of a policy's responses are unlikely under its reference than one that stays near it writes.
    ///
    /// - Parameters:
    ///   - lower: lower bound on their share.
    ///   - largest: the share that must not be exceeded.
    /// - Returns: the reason `leftReference`.
    public static func unlikelyUnderReference(_ lower: Double, largest: Double) -> Self {
        Self(
            .leftReference,
            "the candidate has left its reference: at least \(percent(lower)) of its responses are unlikely there, and at most "
                + "\(percent(largest)) may be")
    }
}

extension [Objection] {
    /// All of them as one clause.
    public var words: String { map(\.words).joined(separator: "; ") }
}
