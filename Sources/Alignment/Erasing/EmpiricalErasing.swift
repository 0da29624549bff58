import Foundation

/// Looks at the prompt and at some erased versions drawn at random: RandEC, without a certificate.
///
/// - SeeAlso: Kumar et al. 2023, arXiv:2309.02705, section 6.
public struct RandomErasing: Sendable, Hashable {
    /// The erasures.
    public let erasures: Erasures
    /// The share of the erased versions that is drawn, in [0, 1].
    public let ratio: Double

    /// Describes it.
    public init(_ erasures: Erasures, ratio: Double) {
        precondition(ratio >= 0 && ratio <= 1, "a ratio of \(ratio)")
        (self.erasures, self.ratio) = (erasures, ratio)
    }

    /// How many versions are looked at of so many, the prompt included: 1 + ⌊ratio·(checks − 1)⌋.
    public func sampled(of checks: Int) -> Int {
        precondition(checks >= 1 && checks < .max, "\(checks) checks")
        return 1 + Int((ratio * Double(checks - 1)).rounded(.down))
    }

    /// Whether the filter flags the prompt or one of the versions drawn.
    ///
    /// - Parameters:
    ///   - sequence: the prompt.
    ///   - budget: the most choices of erased places to draw from; a prompt with more counts as harmful.
    ///   - random: draws.
    ///   - isHarmful: the filter.
    /// - Returns: true for harmful.
    public func callAsFunction<Symbol>(
        _ sequence: [Symbol], budget: Int = 100_000, using random: inout some RandomNumberGenerator,
        isHarmful: ([Symbol]) throws -> Bool
    ) rethrows -> Bool {
        let checks = erasures.count(units: sequence.count)
        guard checks <= budget else { return true }
        if try isHarmful(sequence) { return true }
        let drawn = erasures.sample(sequence, number: sampled(of: checks) - 1, using: &random)
        return try drawn.contains(where: isHarmful)
    }
}

/// Erases the unit whose absence makes a sequence most likely harmful, again and again: GreedyEC, without a certificate.
public struct GreedyErasing: Sendable, Hashable {
    /// The most units that are erased, at least 0.
    public let rounds: Int

    /// Describes it.
    public init(rounds: Int) {
        precondition(rounds >= 0, "\(rounds) rounds")
        self.rounds = rounds
    }

    /// What a search finds.
    public struct Result<Symbol: Sendable>: Sendable {
        /// The probability that the whole sequence is harmful.
        public let probability: Double
        /// The place that each round erased in what was left, and the probability then.
        public let trace: [(erased: Int, probability: Double)]
        /// The version that was flagged: with a probability above ½.
        public let flagged: [Symbol]?
    }

    /// Searches.
    ///
    /// - Parameters:
    ///   - sequence: the prompt.
    ///   - probability: of being harmful; it is not asked about the empty sequence, which is not harmful.
    /// - Returns: what was erased and whether it ended in a flag.
    public func callAsFunction<Symbol>(
        _ sequence: [Symbol], probability: ([Symbol]) throws -> Double
    ) rethrows -> Result<Symbol> {
        var current = sequence
        let whole = sequence.isEmpty ? 0 : try probability(sequence)
        var trace: [(erased: Int, probability: Double)] = []
        var best = whole
        while best <= 0.5, trace.count < rounds, !current.isEmpty {
            let values = try current.indices.map { place in
                var version = current
                version.remove(at: place)
                return version.isEmpty ? 0 : try probability(version)
            }
            // The first of equal ones, so that a trace has one answer.
            guard
                let place = values.indices.max(by: {
                    values[$0] < values[$1] || (values[$0] == values[$1] && $0 > $1)
                })
            else { break }
            current.remove(at: place)
            best = values[place]
            trace.append((place, best))
        }
        return Result(probability: whole, trace: trace, flagged: best > 0.5 ? current : nil)
    }
}

/// Masks units by gradient descent until what is kept is harmful: GradEC, without a certificate.
///
/// A unit with mask logit m counts as σ(m) of itself and 1 − σ(m) of a filler, and is kept where σ(m) ≥ ½.
public struct GradientErasing: Sendable, Hashable {
    /// Steps on the masks, at least 0.
    public var steps: Int
    /// Rate of the descent.
    public var rate = 10.0
    /// Weight decay of the logits.
    public var decay = 0.01

    /// Describes it, with the released rate and decay.
    public init(steps: Int) {
        precondition(steps >= 0, "\(steps) steps")
        self.steps = steps
    }

    /// One look.
    public struct Look<Symbol: Sendable>: Sendable {
        /// The masks' logits.
        public let logits: [Double]
        /// What they keep.
        public let kept: [Symbol]
        /// The probability that it is harmful; 0 where nothing is kept.
        public let probability: Double
    }

    /// Searches; the last look is flagged if its probability is above ½.
    ///
    /// - Parameters:
    ///   - sequence: the prompt.
    ///   - probability: of being harmful, of a sequence that is not empty.
    ///   - slope: of −ln p(harmful) with respect to the shares σ(m), where each unit is mixed with the filler.
    /// - Returns: all looks, and whether the last one is flagged.
    public func callAsFunction<Symbol>(
        _ sequence: [Symbol], probability: ([Symbol]) throws -> Double,
        slope: (_ shares: [Double]) throws -> [Double]
    ) rethrows -> (looks: [Look<Symbol>], isFlagged: Bool) {
        var logits = [Double](repeating: 1, count: sequence.count)
        var looks: [Look<Symbol>] = []
        while true {
            let kept = zip(sequence, logits).filter { $0.1 >= 0 }.map(\.0)
            let harmful = kept.isEmpty ? 0 : try probability(kept)
            looks.append(Look(logits: logits, kept: kept, probability: harmful))
            if harmful > 0.5 { return (looks, true) }
            if looks.count > steps || sequence.isEmpty { return (looks, false) }
            let shares = logits.map { 1 / (1 + exp(-$0)) }
            let slopes = try slope(shares)
            for (place, share) in shares.enumerated() {
                logits[place] -= rate * (slopes[place] * share * (1 - share) + decay * logits[place])
            }
        }
    }
}
