import Foundation
import Tensors

/// Sounds when episodes have more interventions than usual ones, with a bound on false alarms that needs no independent steps.
///
/// The unit is the episode. Of each, the number of interventions is ranked among all episodes before it, ties at random: of exchangeable
/// episodes these p-values are independent and uniform, whatever happens within one. A bet f(p) = ∫₀¹ ε·p^{ε−1} dε has mean 1, so that
/// Rₜ = (1 + Rₜ₋₁)·f(pₜ) less t is a martingale, and the mean number of usual episodes until R reaches A is at least A. As interventions
/// only add up, R is known to reach A before the episode ends, and the alarm sounds there.
///
/// - SeeAlso: Vovk, Nouretdinov and Gammerman 2003, "Testing exchangeability on-line"; Roberts 1966, "A comparison of some control chart
///   procedures"; Pollak 1985, "Optimal detection of a change in distribution".
public struct EpisodeAlarm: Sendable {
    /// A: sounds from this value of R on.
    public let limit: Double
    /// R behind the last episode that has ended.
    public private(set) var evidence = 0.0
    /// Whether it has sounded; it stays so, because who switches it off is a person.
    public private(set) var isLatched = false
    private var counts: [Int]
    private var count = 0
    private var draw: Double
    private var stream: RandomStream

    /// Sets an alarm.
    ///
    /// - Parameters:
    ///   - usual: interventions of each usual episode, at least one.
    ///   - episodes: a false alarm once in so many usual episodes on average, or more seldom; above 1.
    ///   - stream: of the order of ties.
    /// - Throws: `AvailabilityError.chance`.
    public init(usual: [Int], falseAlarmOnceIn episodes: Double, stream: RandomStream)
        throws(AvailabilityError)
    {
        precondition(!usual.isEmpty, "an alarm without usual episodes")
        guard episodes > 1 && episodes.isFinite else { throw .chance("episodes to a false alarm", episodes) }
        (limit, counts, self.stream) = (episodes, usual, stream)
        draw = self.stream.nextOpenUniform()
    }

    /// Takes a step of the running episode.
    ///
    /// - Parameter isIntervention: whether the layer handed over in it.
    /// - Returns: whether it is settled that R reaches A in this episode.
    public mutating func step(_ isIntervention: Bool) -> Bool {
        if isIntervention { count += 1 }
        let sounds = reached >= limit
        isLatched = isLatched || sounds
        return sounds
    }

    /// Ends the running episode, which later ones are ranked among.
    public mutating func endEpisode() {
        evidence = reached
        counts.append(count)
        (count, draw) = (0, stream.nextOpenUniform())
    }

    /// Begins anew after an alarm that a person has looked at; what was seen stays.
    public mutating func reset() { (evidence, isLatched) = (0, false) }

    /// R if the episode ended now.
    private var reached: Double { (1 + evidence) * Self.bet(pValue) }

    /// Rank of the running episode so far.
    private var pValue: Double {
        let (more, equal) = counts.reduce(into: (0, 0)) { found, other in
            if other > count { found.0 += 1 } else if other == count { found.1 += 1 }
        }
        return (Double(more) + draw * Double(equal + 1)) / Double(counts.count + 1)
    }

    /// ∫₀¹ ε·p^{ε−1} dε = (1 − p + p·ln p)/(p·ln² p).
    ///
    /// - Parameter p: in (0, 1].
    /// - Returns: falls from infinity to ½.
    public static func bet(_ p: Double) -> Double {
        guard p < 0.9999 else { return 0.5 }
        let logarithm = log(p)
        return (1 - p + p * logarithm) / (p * logarithm * logarithm)
    }
}

extension RandomStream {
    /// Evenly from (0, 1].
    fileprivate mutating func nextOpenUniform() -> Double {
        (Double(nextInteger() >> 11) + 1) / 9_007_199_254_740_992
    }
}
